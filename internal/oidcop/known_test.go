package oidcop_test

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/oidcop"
)

// losing is a keyring that has lost its keys, once it is told to.
type losing struct {
	*keyring.Ring
	lost *atomic.Bool
}

// Find implements oidcop.Keys.
func (k losing) Find(ctx context.Context, kid string, now time.Time) (jose.JSONWebKey, bool) {
	if k.lost.Load() {
		return jose.JSONWebKey{}, false
	}
	return k.Ring.Find(ctx, kid, now)
}

// A token that was verified before is asked about again: a look at its signature is spared, and nothing else.
func TestATokenThatWasVerifiedIsStillAskedAbout(t *testing.T) { // ABUSE 11, 53
	for name, end := range map[string]func(h *house, m *member){
		"expired": func(h *house, _ *member) { h.clock.pass(5 * time.Minute) },
		"revoked": func(h *house, m *member) {
			h.post("/oauth/revoke", url.Values{"token": {m.access}}, m.app, secret)
		},
		"signed out":   func(h *house, m *member) { m.get("/end_session", url.Values{"id_token_hint": {m.id}}) },
		"the key gone": func(h *house, _ *member) { h.lost.Store(true) },
		"its app is off": func(h *house, _ *member) {
			h.change("timesheets", func(c *idp.Client) { c.Disabled = true })
			h.known.Forget()
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			m := h.visitor().enter("timesheets", "usr_ana")
			for range 2 {
				if w := h.userinfo(m.access); w.Code != http.StatusOK {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			wantError(t, h.userinfo(m.access[:len(m.access)-4]+"AAAA"), 401, "invalid_token")
			end(h, m)
			wantError(t, h.userinfo(m.access), 401, "invalid_token")
		})
	}
}

func TestVerifiedTokensAreRememberedWithinBounds(t *testing.T) {
	h := newHouse(t)
	server := must(h.rebuild(must(url.Parse(h.issuer))))
	for range 3 {
		if n := server.FillKnown(3 * oidcop.KeptTokens); n < oidcop.KeptTokens || n > 2*oidcop.KeptTokens {
			t.Errorf("%d are remembered", n)
		}
	}
}
