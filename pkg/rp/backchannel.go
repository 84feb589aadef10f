package rp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	logoutTokenType  = "logout+jwt"
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
	if err != nil {
		a.config.Logger.WarnContext(r.Context(), "logout token refused", "error", err)
		writeJSON(w, http.StatusBadRequest, refusal{Error: "invalid_request"})
		return
	}
	a.endTold(w, r, l)
}

// endTold ends what the token names. The token counts as used first: of two that come at once, one is refused.
func (a *App) endTold(w http.ResponseWriter, r *http.Request, l logoutToken) {
	fresh, err := a.config.Store.Claim(r.Context(), "logout:"+storeKey(l.JTI), maxLogoutAge+clockSlack)
	if err == nil && !fresh {
		a.config.Logger.WarnContext(r.Context(), "logout token refused", "error", "replayed")
		writeJSON(w, http.StatusBadRequest, refusal{Error: "invalid_request"})
		return
	}
	var ended int
	if err == nil {
		ended, err = a.config.Store.End(r.Context(), l.Subject, l.SID)
	}
	if err != nil {
		a.config.Logger.ErrorContext(r.Context(), "session store failed", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, refusal{Error: "temporarily_unavailable"})
		return
	}
	a.config.Logger.InfoContext(r.Context(), "sessions ended by the provider", "sid", l.SID, "sub", l.Subject, "sessions", ended)
	w.WriteHeader(http.StatusOK)
}

// logoutToken is what a logout token says (section 2.4).
type logoutToken struct {
	Subject string                     `json:"sub"`
	SID     string                     `json:"sid"`
	JTI     string                     `json:"jti"`
	Nonce   *json.RawMessage           `json:"nonce"`
	Events  map[string]json.RawMessage `json:"events"`
}

// readLogoutToken makes every check of section 2.6. The type keeps it apart from an ID token, and a nonce gives away one that
// was made for a sign-in.
func (a *App) readLogoutToken(ctx context.Context, p *provider, raw string) (logoutToken, error) {
	if err := checkLogoutHeader(raw); err != nil {
		return logoutToken{}, err
	}
	verified, err := p.verifier.Verify(oidc.ClientContext(ctx, a.config.Client), raw) // signature, iss, aud, exp
	if err != nil {
		return logoutToken{}, err
	}
	var l logoutToken
	if err := verified.Claims(&l); err != nil {
		return logoutToken{}, err
	}
	age := a.config.Now().Sub(verified.IssuedAt)
	event, told := l.Events[logoutEvent]
	switch {
	case age > maxLogoutAge || age < -clockSlack:
		return logoutToken{}, fmt.Errorf("issued at %s", verified.IssuedAt)
	case !told || !strings.HasPrefix(strings.TrimSpace(string(event)), "{"):
		return logoutToken{}, errors.New("it tells of no logout")
	case l.Nonce != nil:
		return logoutToken{}, errors.New("it holds a nonce")
	case l.SID == "" && l.Subject == "":
		return logoutToken{}, errors.New("it names neither session nor person")
	case l.JTI == "":
		return logoutToken{}, errors.New("it has no identifier")
	}
	return l, nil
}

func checkLogoutHeader(raw string) error {
	token, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return err
	}
	if len(token.Signatures) != 1 {
		return errors.New("it has not one signature")
	}
	kind, _ := token.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	if !strings.EqualFold(strings.TrimPrefix(strings.ToLower(kind), "application/"), logoutTokenType) {
		return fmt.Errorf("its type is %q", kind)
	}
	return nil
}
