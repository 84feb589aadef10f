package oidcop_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// withPasskeys is the house at an address where browsers use passkeys.
func withPasskeys(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.passkeys, h.mux = true, http.NewServeMux()
	must(h.rebuild(must(url.Parse(h.issuer)))).Routes(h.mux)
	return h
}

const (
	pwd = "urn:aps:acr:pwd"
	mfa = "urn:aps:acr:mfa"
	phr = "urn:aps:acr:phr"
)

// essential is the claims parameter that asks for these strengths and no other.
func essential(values ...string) string {
	return `{"id_token":{"acr":{"essential":true,"values":["` + strings.Join(values, `","`) + `"]}}}`
}

// An app that asks for a strength and compares finds it in the ID token, however much stronger the sign-in was (OpenID Connect Core, section
// 5.5.1.1); one that does not ask is told the strength there is. Every other place tells that.
func TestTheIDTokenTellsTheStrengthThatWasAskedFor(t *testing.T) {
	for name, row := range map[string]struct {
		pairs []string
		told  string
	}{
		"nothing":                 {nil, phr},
		"MFA":                     {[]string{"acr_values", mfa}, mfa},
		"a passkey":               {[]string{"acr_values", phr}, phr},
		"a passkey before MFA":    {[]string{"acr_values", phr + " " + mfa}, phr},
		"MFA before a passkey":    {[]string{"acr_values", mfa + " " + phr}, mfa},
		"what there is not":       {[]string{"acr_values", "gold"}, phr},
		"essential MFA":           {[]string{"claims", essential(mfa)}, mfa},
		"essential, what is not":  {[]string{"claims", essential("gold", mfa)}, mfa},
		"essential wins":          {[]string{"acr_values", mfa, "claims", essential(phr)}, phr},
		"one after another":       {[]string{"acr_values", mfa + " " + mfa + " gold " + mfa}, mfa},
		"an acr without a choice": {[]string{"acr_values", mfa, "claims", `{"id_token":{"acr":null}}`}, mfa},
	} {
		t.Run(name, func(t *testing.T) {
			h := withPasskeys(t)
			v := h.visitor()
			query := request(append(row.pairs, "scope", "openid offline_access")...)
			w := v.get("/authorize", query)
			step := strings.Split(location(w).Path, "/")
			if len(step) != 5 || step[1] != "signin" {
				t.Fatalf("no sign-in: %s", location(w))
			}
			v.desk.prove(step[3], "usr_ana", "prc_mfa", idp.ACRPhishingResistant)
			answer := decode(t, v.redeem(location(v.get("/signin/"+step[2]+"/"+step[3]+"/done", nil)).Query().Get("code")))
			if _, id := h.open(answer["id_token"].(string)); id["acr"] != row.told {
				t.Errorf("the ID token tells %v, not %s", id["acr"], row.told)
			}
			if _, access := h.open(answer["access_token"].(string)); access["acr"] != phr {
				t.Errorf("the access token tells %v", access["acr"])
			}
			h.clock.pass(time.Minute)
			again := decode(t, v.redeem(location(v.get("/authorize", request(append(row.pairs, "prompt", "none")...))).Query().Get("code")))
			if _, id := h.open(again["id_token"].(string)); id["acr"] != row.told {
				t.Errorf("asked again, the ID token tells %v, not %s", id["acr"], row.told)
			}
		})
	}
}

// What a passkey alone reaches is asked for like MFA: a session that has less needs a page.
func TestAPasskeyCanBeAskedFor(t *testing.T) {
	h := withPasskeys(t)
	v := h.visitor()
	v.signIn(request(), "usr_ana") // with MFA
	for name, row := range map[string]struct {
		pairs []string
		error string
	}{
		"preferred":       {[]string{"acr_values", phr}, "interaction_required"},
		"essential":       {[]string{"claims", essential(phr)}, "interaction_required"},
		"as second":       {[]string{"acr_values", mfa + " " + phr}, ""},
		"before MFA":      {[]string{"acr_values", phr + " " + mfa}, "interaction_required"},
		"essential or so": {[]string{"claims", essential("gold")}, "unmet_authentication_requirements"},
	} {
		to := location(v.get("/authorize", request(append(row.pairs, "prompt", "none")...))).Query()
		if to.Get("error") != row.error || (row.error == "") != (to.Get("code") != "") {
			t.Errorf("%s: answered %v, want error %q", name, to, row.error)
		}
	}
	if got := text(decode(t, v.get("/.well-known/openid-configuration", nil))["acr_values_supported"]); got != `["`+pwd+`","`+mfa+`","`+phr+`"]` {
		t.Errorf("discovery: %s", got)
	}
	nameless := newHouse(t).visitor()
	to := location(nameless.get("/authorize", request("claims", essential(phr)))).Query()
	if to.Get("error") != "unmet_authentication_requirements" {
		t.Errorf("where there are no passkeys: %v", to)
	}
}
