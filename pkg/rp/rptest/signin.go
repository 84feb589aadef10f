package rptest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// Authorization is one request to the authorization endpoint, as the app sent it.
type Authorization = url.Values

// grant is what a code stands for.
type grant struct {
	sid, nonce, challenge, redirect string
	refresh                         bool
}

// Authorizations lists the requests for a sign-in so far.
func (p *Provider) Authorizations() []Authorization {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.authorizing)
}

// serveAuthorize signs in whom the test named, and sends the browser back.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
		http.Error(w, "rptest: not a request of package rp", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.authorizing = append(p.authorizing, q)
	back := url.Values{"state": {q.Get("state")}, "iss": {p.server.URL}}
	if p.person == nil {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		back.Set("code", code)
		p.grants[code] = grant{
			sid: p.begin(), nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"),
			refresh: p.refreshing && slices.Contains(strings.Fields(q.Get("scope")), apsid.ScopeOfflineAccess),
		}
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

// serveToken answers codes and refresh tokens.
func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.authenticate(w, r) {
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		p.redeem(w, r.PostForm)
	case "refresh_token":
		p.refresh(w, r.PostForm)
	default:
		reply(w, http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"})
	}
}

func (p *Provider) redeem(w http.ResponseWriter, form url.Values) {
	g, found := p.grants[form.Get("code")]
	delete(p.grants, form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if !found || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge || form.Get("redirect_uri") != g.redirect {
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	p.issue(w, p.sessions[g.sid], g.nonce, g.refresh)
}

// refresh rotates: a token that comes again ends the session.
func (p *Provider) refresh(w http.ResponseWriter, form url.Values) {
	p.refreshes++
	token := form.Get("refresh_token")
	for _, s := range p.sessions {
		if slices.Contains(s.spent, token) {
			s.end(apsid.EndedRevoked)
		}
		if s.refresh == token && token != "" && p.state(s) == "" {
			s.spent = append(s.spent, token)
			p.issue(w, s, "", true)
			return
		}
	}
	reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
}

func (p *Provider) issue(w http.ResponseWriter, s *session, nonce string, refresh bool) {
	now := p.now()
	life := min(p.accessLife, s.expires.Sub(now))
	access := rand.Text()
	claims := map[string]any{
		"iss": p.server.URL, "aud": []string{ClientID}, "iat": now.Unix(), "exp": now.Add(life).Unix(), "at_hash": leftHash(access),
		"auth_time": s.began.Unix(), "sid": s.sid, "acr": apsid.ACRPassword, "amr": []string{apsid.AMRPassword},
	}
	maps.Copy(claims, s.profile())
	maps.Copy(claims, s.claims)
	claims["sub"] = s.subject
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if p.tamper != nil {
		p.tamper(claims)
	}
	id, err := p.Sign("JWT", claims)
	if err != nil {
		reply(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	s.access[access] = now.Add(life)
	answer := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(life / time.Second), "id_token": id,
		apsid.TokenSessionExpiresIn: int(s.expires.Sub(now) / time.Second), apsid.TokenSessionIdleTimeout: int(s.idle / time.Second),
	}
	if refresh {
		s.refresh = rand.Text()
		answer["refresh_token"] = s.refresh
	}
	reply(w, http.StatusOK, answer)
}

func (p *Provider) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.bearer(r)
	if s == nil || p.state(s) != "" {
		reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	claims := s.profile()
	for name := range claims {
		if said, found := s.claims[name]; found {
			claims[name] = said
		}
	}
	claims["sub"] = s.subject
	reply(w, http.StatusOK, claims)
}

// profile is what APS ID says, in ID tokens and at userinfo, of a person of whom the test says nothing but the subject.
func (s *session) profile() map[string]any {
	return map[string]any{
		"name": s.subject, "email": s.subject + "@example.test", "email_verified": false, apsid.ClaimPracticeID: "prc_test",
		"zoneinfo": "Australia/Sydney", "locale": "en-AU", "updated_at": s.began.Unix(),
	}
}

// leftHash is at_hash (OpenID Connect Core, section 3.1.3.6), by the hash of ES256.
func leftHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:sha256.Size/2])
}
