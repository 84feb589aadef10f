package oidcop_test

import (
	"net/http"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 48, 35: what a session rests on is taken away by a change that ended no session: between the sign-in and its code's
// redemption, or before a refresh. Neither gives tokens; the session ends, with an event that says why, and its app is told. Nothing
// of it comes back once the change is undone.
func TestTokensNeedASessionThatSuffices(t *testing.T) {
	engine := map[string]func(testing.TB) engines{
		"embedded": embedded,
		"servers":  func(t testing.TB) engines { return engines{sql: storetest.Postgres(t), redis: testenv.Redis(t)} },
	}
	for name, c := range map[string]struct {
		change, undo string
		why          policy.Fallen
	}{
		"disabled": {
			`UPDATE users SET state = 'disabled' WHERE id = 'usr_ben'`, `UPDATE users SET state = 'active' WHERE id = 'usr_ben'`, policy.FallenAccess,
		},
		"suspended": {
			`UPDATE practices SET state = 'suspended' WHERE id = 'prc_free'`, `UPDATE practices SET state = 'active' WHERE id = 'prc_free'`, policy.FallenAccess,
		},
		"without the app": {
			`UPDATE practices SET apps = '["books"]' WHERE id = 'prc_free'`, `UPDATE practices SET apps = '["books","timesheets"]' WHERE id = 'prc_free'`, policy.FallenAccess,
		},
		"MFA activated": {
			`UPDATE practices SET mfa = 'active' WHERE id = 'prc_free'`, `UPDATE practices SET mfa = 'off' WHERE id = 'prc_free'`, policy.FallenMFA,
		},
	} {
		for where, on := range engine {
			t.Run(name+" on "+where, func(t *testing.T) {
				t.Parallel()
				use := on(t)
				h := buildHouse(t, use, issuer)
				h.exec(use, `UPDATE clients SET backchannel_logout_uri = 'https://timesheets.example/out' WHERE id = 'timesheets'`)
				code := location(h.visitor().signIn(request(), "usr_ben")).Query().Get("code")
				tokens := decode(t, h.redeem(location(h.visitor().signIn(request(), "usr_ben")).Query().Get("code")))
				h.exec(use, c.change)
				wantError(t, h.redeem(code), 400, "invalid_grant")
				wantError(t, h.refresh(tokens["refresh_token"].(string)), 400, "invalid_grant")
				h.exec(use, c.undo)
				wantError(t, h.redeem(code), 400, "invalid_grant")
				wantError(t, h.refresh(tokens["refresh_token"].(string)), 400, "invalid_grant")
				if w := h.userinfo(tokens["access_token"].(string)); w.Code != http.StatusUnauthorized {
					t.Errorf("userinfo by a token of the ended session: %d", w.Code)
				}
				ended := h.events(idp.EventSessionEnded)
				if len(ended) != 2 || ended[0].Reason != c.why.Reason() || ended[1].Reason != c.why.Reason() {
					t.Errorf("audit trail: %+v", ended)
				}
				if told := h.told.apps(); len(told) != 2 || told[0] != "timesheets revoked" {
					t.Errorf("told %v", told)
				}
			})
		}
	}
}

// A session with MFA is not touched by what asks for MFA.
func TestActivatingMFALeavesStrongSessionsAlone(t *testing.T) {
	on := embedded(t)
	h := buildHouse(t, on, issuer)
	h.exec(on, `UPDATE practices SET mfa = 'off' WHERE id = 'prc_mfa'`)
	tokens := h.visitor().tokens()
	h.exec(on, `UPDATE practices SET mfa = 'active' WHERE id = 'prc_mfa'`)
	if w := h.refresh(tokens["refresh_token"].(string)); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
