package conform_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// serveLogout takes back-channel logout.
func (a *app) serveLogout(w http.ResponseWriter, r *http.Request) {
	token, ok := a.logoutToken(r)
	if !ok {
		http.Error(w, "refused", http.StatusBadRequest)
		return
	}
	if a.faults["logout answers and does nothing"] {
		return
	}
	a.end(func(s *session) bool {
		switch {
		case token.SID == "" || a.faults["logout ends all of the person"]:
			return s.sub == token.Sub && !a.faults["logout ignores sub"]
		default:
			return s.sid == token.SID
		}
	})
}

type logoutToken struct {
	Sub, SID, JTI, Nonce string
	Events               map[string]any
}

func (a *app) logoutToken(r *http.Request) (token logoutToken, ok bool) {
	raw := r.PostFormValue("logout_token")
	unsigned := a.faults["believes unsigned logout"]
	verifier := a.provider.Verifier(&oidc.Config{
		ClientID: clientID, SupportedSigningAlgs: a.algs, InsecureSkipSignatureCheck: unsigned, SkipClientIDCheck: a.faults["logout for any app"],
		SkipIssuerCheck: a.faults["logout from any issuer"], SkipExpiryCheck: a.faults["logout that is over"],
	})
	verified, err := verifier.Verify(r.Context(), raw)
	if err != nil || verified.Claims(&token) != nil {
		return token, false
	}
	_, event := token.Events["http://schemas.openid.net/event/backchannel-logout"]
	switch {
	case typOf(raw) != "logout+jwt" && !a.faults["logout of any typ"]:
	case token.Nonce != "" && !a.faults["logout with a nonce"]:
	case !event && !a.faults["logout without an event"]:
	case token.Sub == "" && token.SID == "" && !a.faults["logout of nobody"]:
	case token.JTI == "" && !a.faults["logout without a jti"]:
	default:
		a.mu.Lock()
		defer a.mu.Unlock()
		again := token.JTI != "" && a.jtis[token.JTI]
		a.jtis[token.JTI] = true
		return token, !again || a.faults["takes logout tokens twice"]
	}
	return token, false
}

func typOf(raw string) string {
	first, _, _ := strings.Cut(raw, ".")
	header, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return ""
	}
	var h struct{ Typ string }
	if json.Unmarshal(header, &h) != nil {
		return ""
	}
	return h.Typ
}
