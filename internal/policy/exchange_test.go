package policy_test

import (
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func callerAndAPI() (caller, api idp.Client) {
	caller.ID, caller.Kind, caller.AuthMethod = "timesheets", idp.ClientWeb, idp.AuthSecret
	caller.Exchanges = []idp.Exchange{{API: "rota-api", Scopes: []string{"rota.read", "stock.read"}}, {API: "pay-api", Scopes: []string{"pay.read"}}}
	api.ID, api.Kind, api.PartOf, api.Scopes = "pay-api", idp.ClientAPI, "payroll", []string{"pay.read", "pay.write"}
	return caller, api
}

func TestWhatIsAPair(t *testing.T) {
	caller, api := callerAndAPI()
	if pair, found := policy.Pair(caller, api); !found || pair.API != "pay-api" || !slices.Equal(pair.Scopes, []string{"pay.read"}) {
		t.Errorf("%+v, %v", pair, found)
	}
	for name, change := range map[string]func(caller, api *idp.Client){
		"another API":                func(_, api *idp.Client) { api.ID = "stock-api" },
		"the caller is disabled":     func(caller, _ *idp.Client) { caller.Disabled = true },
		"the API is disabled":        func(_, api *idp.Client) { api.Disabled = true },
		"the API is part of no app":  func(_, api *idp.Client) { api.PartOf = "" },
		"the API is an app":          func(_, api *idp.Client) { api.Kind = idp.ClientWeb },
		"the caller is public":       func(caller, _ *idp.Client) { caller.AuthMethod = idp.AuthNone },
		"the caller is on a device":  func(caller, _ *idp.Client) { caller.Kind = idp.ClientNative },
		"the caller is in a page":    func(caller, _ *idp.Client) { caller.Kind = idp.ClientBrowser },
		"the caller is a machine":    func(caller, _ *idp.Client) { caller.Kind = idp.ClientMachine },
		"the caller has no exchange": func(caller, _ *idp.Client) { caller.Exchanges = nil },
	} {
		caller, api := callerAndAPI()
		change(&caller, &api)
		if pair, found := policy.Pair(caller, api); found {
			t.Errorf("%s: %+v", name, pair)
		}
	}
}

func TestChainsThatGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e *policy.Exchange)
		want   policy.ExchangeFault
	}{
		"the first":                             {func(*policy.Exchange) {}, policy.ExchangeGranted},
		"the last that is allowed":              {func(e *policy.Exchange) { e.Actors = []idp.ClientID{"b", "a"} }, policy.ExchangeGranted},
		"one too many":                          {func(e *policy.Exchange) { e.Actors = []idp.ClientID{"c", "b", "a"} }, policy.ExchangeTooLong},
		"back to the app of the session":        {func(e *policy.Exchange) { e.Origin = "payroll" }, policy.ExchangeLoop},
		"the caller again":                      {func(e *policy.Exchange) { e.Actors = []idp.ClientID{"a", "timesheets"} }, policy.ExchangeLoop},
		"the API again":                         {func(e *policy.Exchange) { e.Actors = []idp.ClientID{"pay-api", "a"} }, policy.ExchangeLoop},
		"the app of the API, which acts":        {func(e *policy.Exchange) { e.Actors = []idp.ClientID{"a", "payroll"} }, policy.ExchangeLoop},
		"an API of the caller itself":           {func(e *policy.Exchange) { e.API.PartOf = "timesheets" }, policy.ExchangeLoop}, // the origin of its tokens
		"an API of the same app as the calling": {func(e *policy.Exchange) { e.Caller.PartOf = "payroll" }, policy.ExchangeLoop},
	} {
		caller, api := callerAndAPI()
		e := policy.Exchange{Origin: "timesheets", Caller: caller, API: api}
		c.change(&e)
		if got := e.Fault(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestScopesThatAreCarriedOn(t *testing.T) {
	caller, api := callerAndAPI()
	api.Exchanges = []idp.Exchange{{API: "stock-api", Scopes: []string{"stock.read"}}}
	pair := idp.Exchange{API: "pay-api", Scopes: []string{"openid", "pay.read", "stock.read", "stock.write"}}
	all := []string{"openid", "pay.read", "pay.read", "pay.write", "rota.read", "stock.read", "stock.write"}
	if got := policy.ExchangedScopes(pair, api, all); !slices.Equal(got, []string{"pay.read", "stock.read"}) {
		t.Errorf("%q", got) // its own, and those with which it calls another: of these what the pair has
	}
	caller.Scopes = []string{"openid", "pay.read", "stock.read"}
	caller.ID = api.PartOf
	if got := policy.ScopesAt(api, caller, all); !slices.Equal(got, []string{"pay.read", "pay.read", "stock.read"}) {
		t.Errorf("at its own sign-in: %q", got)
	}
	if got := policy.ScopesAt(api, caller, []string{"stock.read"}); got != nil {
		t.Errorf("a token without a scope of the API: %q", got)
	}
}
