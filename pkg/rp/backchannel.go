package rp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/apscloud/apsid/pkg/jwks"
)

const (
	logoutTokenType  = "logout+jwt" // #nosec G101 -- a name
	logoutEvent      = "http://schemas.openid.net/event/backchannel-logout"
	maxLogoutRequest = 32 << 10
	// maxLogoutAge is how old a logout token may be: it is made when it is sent.
	maxLogoutAge = 10 * time.Minute
)

// serveBackchannelLogout takes the provider's word that a session has ended (OpenID Connect Back-Channel Logout 1.0, sections
// 2.5 to 2.8). It comes from the provider's server, so no browser's cookie counts here.
func (a *App) serveBackchannelLogout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxLogoutRequest)
	if err := r.ParseForm(); err != nil || len(r.PostForm["logout_token"]) != 1 {
		writeJSON(w, http.StatusBadRequest, refusal{Error: "invalid_request"})
		return
	}
	p, err := a.discovery.provider(r.Context())
	if err != nil {
		writeJSON(w, http.StatusServiceUnavailable, refusal{Error: "temporarily_unavailable"})
		return
	}
	l, err := a.readLogoutToken(r.Context(), p, r.PostForm.Get("logout_token"))
	if errors.Is(err, jwks.ErrNoKeys) {
		writeJSON(w, http.StatusServiceUnavailable, refusal{Error: "temporarily_unavailable"})
		return
	}
	if err != nil {
		a.config.Logger.WarnContext(r.Context(), "logout token refused", "error", err)
		writeJSON(w, http.StatusBadRequest, refusal{Error: "invalid_request"})
		return
	}
	a.endTold(w, r, l)
}

// endTold ends what the token names. The token counts as used first: of two that come at once, one is refused.
func (a *App) endTold(w http.ResponseWriter, r *http.Request, l *oidc.LogoutToken) {
	fresh, err := a.config.Store.Claim(r.Context(), "logout:"+storeKey(l.TokenID), maxLogoutAge+clockSlack)
	if err == nil && !fresh {
		a.config.Logger.WarnContext(r.Context(), "logout token refused", "error", "replayed")
		writeJSON(w, http.StatusBadRequest, refusal{Error: "invalid_request"})
		return
	}
	var ended int
	if err == nil {
		ended, err = a.config.Store.End(r.Context(), l.Subject, l.SessionID)
	}
	if err != nil {
		a.config.Logger.ErrorContext(r.Context(), "session store failed", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, refusal{Error: "temporarily_unavailable"})
		return
	}
	a.config.Logger.InfoContext(r.Context(), "sessions ended by the provider", "sid", l.SessionID, "sub", l.Subject, "sessions", ended)
	w.WriteHeader(http.StatusOK)
}

// readLogoutToken makes every check of section 2.6. The library makes most; it leaves the type, its age, whom else it is for, and the
// form of the event.
//
// A token need not name its type, but one that does is a logout token or is refused, also where it says no more than JWT: so do the
// ID tokens of a provider that types what it signs.
func (a *App) readLogoutToken(ctx context.Context, p *provider, raw string) (*oidc.LogoutToken, error) {
	if err := checkType(raw, logoutTokenType); err != nil {
		return nil, err
	}
	if _, err := p.keys.VerifySignature(ctx, raw); err != nil {
		return nil, err
	}
	l, err := p.verifier.VerifyLogout(ctx, raw)
	if err != nil {
		return nil, err
	}
	var claims struct {
		Events map[string]map[string]any `json:"events"`
	}
	if err := l.Claims(&claims); err != nil {
		return nil, err
	}
	if claims.Events[logoutEvent] == nil {
		return nil, errors.New("its event is no object")
	}
	if len(l.Audience) != 1 {
		return nil, errors.New("for others too, who could have sent it on")
	}
	if age := a.config.Now().Sub(l.IssuedAt); age > maxLogoutAge || age < -clockSlack {
		return nil, fmt.Errorf("issued at %s", l.IssuedAt)
	}
	return l, nil
}
