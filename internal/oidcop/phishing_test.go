package oidcop_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// ISM-2011: on the day from which a practice, its administrators or an app need passkeys, what a code has opened opens nothing more, at any
// door, and before it nothing changes.
func TestFromTheDayACodeOpensNothing(t *testing.T) {
	for name, change := range map[string]struct{ set, unset string }{
		"practice": {
			`UPDATE practices SET phishing_resistance_from = 'DAY' WHERE id = 'prc_mfa'`, `UPDATE practices SET phishing_resistance_from = NULL`,
		},
		"administrators": {
			`UPDATE practices SET phishing_resistance_administrators_from = 'DAY' WHERE id = 'prc_mfa'`,
			`UPDATE practices SET phishing_resistance_administrators_from = NULL`,
		},
		"app": {
			`UPDATE clients SET phishing_resistance_from = 'DAY' WHERE id = 'timesheets'`, `UPDATE clients SET phishing_resistance_from = NULL`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			on := embedded(t)
			h := buildHouse(t, on, issuer)
			day := h.clock.read().Add(2 * time.Minute).UTC().Truncate(time.Second)
			h.exec(on, strings.Replace(change.set, "DAY", day.Format("2006-01-02T15:04:05.000000Z"), 1))
			if name == "administrators" {
				h.exec(on, `UPDATE users SET roles = '["system_administrator"]' WHERE id = 'usr_ana'`)
			}
			v := h.visitor()
			tokens := v.tokens()
			access, refresh := tokens["access_token"].(string), tokens["refresh_token"].(string)
			if w := h.userinfo(access); w.Code != http.StatusOK || h.introspect(access)["active"] != true || h.introspect(refresh)["active"] != true {
				t.Fatalf("before the day: %d", w.Code)
			}
			late := location(v.get("/authorize", request())).Query().Get("code") // by the session that there is
			h.clock.pass(day.Sub(h.clock.read()))
			if w := h.userinfo(access); w.Code != http.StatusUnauthorized {
				t.Errorf("userinfo: %d", w.Code)
			}
			if h.introspect(access)["active"] == true || h.introspect(refresh)["active"] == true {
				t.Error("introspection calls a token active")
			}
			if code := location(v.get("/authorize", request("prompt", "none"))).Query().Get("error"); code != "interaction_required" {
				t.Errorf("silently: %q", code)
			}
			if to := location(v.get("/authorize", request())); to.Query().Has("code") {
				t.Errorf("a code: %s", to)
			}
			wantError(t, h.redeem(late), 400, "invalid_grant")
			wantError(t, h.refresh(refresh), 400, "invalid_grant")
			if ended := h.events(idp.EventSessionEnded); len(ended) == 0 || ended[0].Reason != "mfa_required" {
				t.Errorf("on record: %+v", ended)
			}
			h.exec(on, change.unset)
			wantError(t, h.refresh(refresh), 400, "invalid_grant") // it does not come back
		})
	}
}
