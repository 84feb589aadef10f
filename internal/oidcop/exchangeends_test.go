package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// ABUSE 35, 48 and 53: what is taken away counts for tokens that were exchanged before, and for exchanges after.
func TestAnExchangedTokenEndsWithWhatItRestsOn(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(h *house, on engines, got map[string]any)
		error string // of the exchange afterwards
		about string
	}{
		"the session ended": {func(h *house, _ engines, got map[string]any) {
			h.post("/oauth/revoke", url.Values{"token": {got["refresh_token"].(string)}}, "timesheets", secret)
		}, "invalid_request", "over"},
		"the person was disabled": {func(h *house, _ engines, _ map[string]any) {
			user := must(h.sql.FindAccount(h.t.Context(), "usr_ana")).User
			user.State = idp.UserDisabled
			if err := h.sql.InTx(h.t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateUser(h.t.Context(), user) }); err != nil {
				h.t.Fatal(err)
			}
		}, "invalid_request", "over"},
		"the practice gave the app of the API up": {func(h *house, on engines, _ map[string]any) {
			h.exec(on, `UPDATE practices SET apps = '["timesheets"]' WHERE id = 'prc_mfa'`)
		}, "invalid_target", "no access"},
		"the person may not use the app of the API": {func(h *house, on engines, _ map[string]any) {
			h.exec(on, `UPDATE users SET blocked_apps = '["payroll"]' WHERE id = 'usr_ana'`)
		}, "invalid_target", "no access"},
		"the app of the API asks for a passkey": {func(h *house, _ engines, _ map[string]any) {
			h.change("payroll", func(c *idp.Client) { c.PhishingResistanceFrom = h.clock.read() })
		}, "invalid_target", "acr_values=urn:aps:acr:phr"},
		"the app of the API is connected to a government system": {func(h *house, _ engines, _ map[string]any) {
			h.change("payroll", func(c *idp.Client) { c.SessionIdleTimeout = time.Minute })
			h.clock.pass(2 * time.Minute)
		}, "invalid_target", "(idle)"},
		"the person was away from the app for too long": {func(h *house, _ engines, _ map[string]any) {
			h.change("timesheets", func(c *idp.Client) { c.SessionIdleTimeout = time.Minute })
			h.clock.pass(2 * time.Minute)
		}, "invalid_request", "over"},
		"the app of the API lets nobody in for so long": {func(h *house, _ engines, _ map[string]any) {
			h.change("payroll", func(c *idp.Client) { c.SessionLifetime = time.Minute })
			h.clock.pass(2 * time.Minute)
		}, "invalid_target", "(lifetime)"},
		"the pair was taken away": {func(h *house, _ engines, _ map[string]any) {
			h.change("timesheets", func(c *idp.Client) { c.Exchanges = c.Exchanges[1:] })
		}, "invalid_target", "not registered"},
		"the scope was taken from the pair": {func(h *house, _ engines, _ map[string]any) {
			h.change("timesheets", func(c *idp.Client) { c.Exchanges[0].Scopes = []string{"pay.write"} })
		}, "invalid_scope", "Nothing"},
		"the API is part of no app any more": {func(h *house, _ engines, _ map[string]any) {
			h.change("pay-api", func(c *idp.Client) { c.PartOf = "" })
		}, "invalid_target", "not registered"},
		"the app was disabled": {func(h *house, _ engines, _ map[string]any) {
			h.change("timesheets", func(c *idp.Client) { c.Disabled = true })
		}, "invalid_client", ""},
		"the app of the API was disabled": {func(h *house, _ engines, _ map[string]any) {
			h.change("payroll", func(c *idp.Client) { c.Disabled = true })
		}, "invalid_target", "not registered"},
	} {
		t.Run(name, func(t *testing.T) {
			on := embedded(t)
			h := newBehalf(t, on)
			got := h.tokensFor(request("scope", behalfScope))
			mine := got["access_token"].(string)
			token := h.exchanged("timesheets", mine)
			if seen := h.introspectAs("pay-api", token); seen["active"] != true {
				t.Fatalf("%v", seen)
			}
			c.end(h, on, got)
			h.known.Forget()
			h.clock.pass(time.Second) // commands count at once; what is written by hand, within a second
			if seen := h.introspectAs("pay-api", token); text(seen) != `{"active":false}` {
				t.Errorf("the API learns %v", seen)
			}
			w := h.exchange("timesheets", mine)
			if c.error == "invalid_client" {
				wantError(t, w, 401, c.error)
				return
			}
			wantRefused(t, w, c.error, c.about)
		})
	}
}

// What is taken away in the middle of a chain ends what came of it.
func TestAChainEndsInTheMiddle(t *testing.T) {
	for name, end := range map[string]func(h *house, on engines){
		"the first pair": func(h *house, _ engines) {
			h.change("timesheets", func(c *idp.Client) { c.Exchanges = c.Exchanges[:1] })
		},
		"the API in the middle": func(h *house, _ engines) { h.change("rota-api", func(c *idp.Client) { c.Disabled = true }) },
		"the app in the middle": func(h *house, on engines) {
			h.exec(on, `UPDATE users SET blocked_apps = '["contacts"]' WHERE id = 'usr_ana'`)
		},
		"a scope of the first pair": func(h *house, _ engines) {
			h.change("timesheets", func(c *idp.Client) { c.Exchanges[1].Scopes = []string{"rota.read"} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			on := embedded(t)
			h := newBehalf(t, on)
			second := h.exchanged("rota-api", h.exchanged("timesheets", h.signedIn(), "resource", rotaAPI), "resource", stockAPI)
			if seen := h.introspectAs("stock-api", second); seen["active"] != true {
				t.Fatalf("%v", seen)
			}
			end(h, on)
			h.known.Forget()
			h.clock.pass(time.Second)
			if seen := h.introspectAs("stock-api", second); text(seen) != `{"active":false}` {
				t.Errorf("%v", seen)
			}
			wantRefused(t, h.exchange("stock-api", second), "invalid_request", "good now")
		})
	}
}

// A session that ends soon, at its own app or at that of the API, ends the token with it.
func TestAnExchangedTokenLastsNoLonger(t *testing.T) {
	for name, app := range map[string]idp.ClientID{"the app": "timesheets", "the app of the API": "payroll"} {
		t.Run(name, func(t *testing.T) {
			h := newBehalf(t)
			h.change(app, func(c *idp.Client) { c.SessionLifetime = 2 * time.Minute })
			h.known.Forget()
			mine := h.signedIn()
			h.clock.pass(time.Minute)
			if got := decode(t, h.exchange("timesheets", mine)); got["expires_in"] != 60.0 {
				t.Errorf("%v", got["expires_in"])
			}
		})
	}
}

// An outage is no reason to say that a token is bad.
func TestAnExchangeWhileTheDatabaseIsAway(t *testing.T) {
	h := newBehalf(t)
	mine := h.signedIn()
	token := h.exchanged("timesheets", mine)
	h.outage.Store(true)
	h.clock.pass(2 * time.Second)
	if w := h.exchange("timesheets", mine); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.post("/oauth/introspect", url.Values{"token": {token}}, "pay-api", secret); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What the person did at their own app counts where the other app has a limit of inactivity, and that limit ends no session here.
func TestActivityCountsAtTheOtherApp(t *testing.T) {
	h := newBehalf(t)
	h.change("payroll", func(c *idp.Client) { c.SessionIdleTimeout = 2 * time.Minute })
	h.known.Forget()
	mine := h.signedIn()
	h.clock.pass(90 * time.Second)
	report := httptest.NewRequest("POST", "/session/activity", strings.NewReader(`{"idle_seconds":0}`))
	report.Header.Set("Authorization", "Bearer "+mine)
	report.Header.Set("Content-Type", "application/json")
	if w := h.do(report); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.clock.pass(time.Minute)
	token := h.exchanged("timesheets", mine)
	if seen := h.introspectAs("pay-api", token); seen["active"] != true {
		t.Errorf("%v", seen)
	}
	h.clock.pass(time.Minute)
	wantRefused(t, h.exchange("timesheets", mine), "invalid_target", "(idle)")
	if seen := h.introspectAs("pay-api", token); text(seen) != `{"active":false}` {
		t.Errorf("%v", seen)
	}
	if w := h.userinfo(mine); w.Code != http.StatusOK {
		t.Errorf("the session at the person's own app: %d %s", w.Code, w.Body)
	}
}
