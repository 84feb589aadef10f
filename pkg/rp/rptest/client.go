package rptest

import (
	"crypto"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/apsid"
)

// clientKey is the app's public key.
type clientKey struct {
	id     string
	public crypto.PublicKey
}

// authenticate reads the form and answers for a request that is not the app's, or not by the way it is registered for. The caller
// holds the lock.
func (p *Provider) authenticate(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); err != nil {
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return false
	}
	problem := p.stranger(r)
	if problem == nil {
		return true
	}
	reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": problem.Error()})
	return false
}

func (p *Provider) stranger(r *http.Request) error {
	id, secret, basic := r.BasicAuth()
	switch {
	case p.key == nil && (id != ClientID || secret != url.QueryEscape(ClientSecret)):
		return fmt.Errorf("not the client's secret")
	case p.key == nil:
		return nil
	case basic || r.PostForm.Has("client_secret"):
		return fmt.Errorf("a secret of a client that has none")
	case r.PostForm.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		return fmt.Errorf("no assertion")
	default:
		return p.checkAssertion(r.PostForm.Get("client_assertion"))
	}
}

// checkAssertion holds an assertion to what APS ID asks of one.
func (p *Provider) checkAssertion(text string) error {
	token, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA, jose.RS256})
	if err != nil {
		return err
	}
	if kid := token.Signatures[0].Protected.KeyID; kid != p.key.id {
		return fmt.Errorf("signed with the key %q", kid)
	}
	payload, err := token.Verify(p.key.public)
	if err != nil {
		return err
	}
	var claims struct {
		Iss, Sub, Aud, JTI string
		Iat, Exp           int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return err
	}
	now := p.now()
	issued, ends := time.Unix(claims.Iat, 0), time.Unix(claims.Exp, 0)
	switch {
	case claims.Iss != ClientID || claims.Sub != ClientID || claims.Aud != p.server.URL:
		return fmt.Errorf("an assertion of %q for %q, meant for %q", claims.Iss, claims.Sub, claims.Aud)
	case claims.JTI == "" || p.used[claims.JTI]:
		return fmt.Errorf("an assertion without a name, or used before")
	case issued.After(now.Add(time.Minute)) || !now.Before(ends) || ends.Sub(issued) > 5*time.Minute:
		return fmt.Errorf("an assertion from %s to %s", issued, ends)
	}
	p.used[claims.JTI] = true
	return nil
}

// serveRevoke ends the session of a refresh token (RFC 7009).
func (p *Provider) serveRevoke(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.authenticate(w, r) {
		return
	}
	token := r.PostForm.Get("token")
	for _, s := range p.sessions {
		if token != "" && s.refresh == token {
			s.end(apsid.EndedRevoked)
		}
	}
	w.WriteHeader(http.StatusOK)
}
