package conform

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// idTokenLife is that of APS ID.
const idTokenLife = 5 * time.Minute

// serveToken is the token endpoint: codes and refresh tokens.
func (p *provider) serveToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "not a form")
		return
	}
	if !p.authenticated(r) {
		p.note(broken("the token request carries neither the client secret given nor another proof of the client"))
		refuse(w, http.StatusUnauthorized, "invalid_client", "")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		p.serveCode(w, r.PostForm, time.Now())
	case "refresh_token":
		p.linger(r.Context(), r.PostForm.Get("refresh_token"))
		p.serveRefresh(w, r.PostForm.Get("refresh_token"), time.Now())
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
	}
}

func (p *provider) authenticated(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if basic {
		id, secret = unescape(id), unescape(secret) // RFC 6749, section 2.3.1
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return id == p.clientID && subtle.ConstantTimeCompare([]byte(secret), []byte(p.clientSecret)) == 1
}

func unescape(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

func (p *provider) serveCode(w http.ResponseWriter, form url.Values, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.codes[form.Get("code")]
	switch {
	case g == nil:
		p.flaws[broken("a code that was never given was redeemed")] = true
	case g.session != "":
		p.flaws[broken("a code was redeemed twice")] = true
	case g.redirect != form.Get("redirect_uri"):
		p.flaws[broken("the token request has another redirect_uri")] = true
	case !proves(g.challenge, form.Get("code_verifier")):
		p.flaws[broken("the code_verifier does not fit the code_challenge")] = true
	default:
		s := p.begin(g, now)
		p.answer(w, s, g, now)
		return
	}
	refuse(w, http.StatusBadRequest, "invalid_grant", "")
}

// proves is RFC 7636, section 4.6. A request without a challenge has been noted already.
func proves(challenge, verifier string) bool {
	if challenge == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return challenge == base64.RawURLEncoding.EncodeToString(sum[:])
}

func (p *provider) begin(g *grant, now time.Time) *session {
	s := &session{plan: g.plan, sid: rand.Text(), authTime: now, lastActivity: now, spent: map[string]bool{}}
	g.session = s.sid
	p.sessions[s.sid] = s
	return s
}

// linger delays the renewal of a session for which a delay was asked, so that requests at the same time overlap with it.
func (p *provider) linger(ctx context.Context, token string) {
	slow := time.Duration(0)
	sid, _, _ := strings.Cut(token, ".")
	p.look(sid, func(s *session) { slow = s.slow })
	if slow == 0 {
		return
	}
	pause(ctx, slow)
	p.look(sid, func(s *session) {
		if s.held.IsZero() {
			s.held = time.Now()
		}
	})
}

func (p *provider) serveRefresh(w http.ResponseWriter, token string, now time.Time) {
	sid, _, _ := strings.Cut(token, ".")
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[sid]
	switch {
	case s == nil || token != s.refresh && !s.spent[token]:
		refuse(w, http.StatusBadRequest, "invalid_grant", "unknown")
	case s.away:
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "")
	case s.over(now) != "":
		s.told++
		refuse(w, http.StatusBadRequest, "invalid_grant", "the session ended: "+s.over(now))
	case s.spent[token]:
		s.reuses++
		s.ended = apsid.EndedRevoked
		refuse(w, http.StatusBadRequest, "invalid_grant", "used before")
	default:
		s.spent[token] = true
		s.renewed = append(s.renewed, now)
		p.answer(w, s, nil, now)
	}
}

// answer is the token response; with a grant, the first of the session. p.mu is held.
func (p *provider) answer(w http.ResponseWriter, s *session, g *grant, now time.Time) {
	nonce := ""
	if g != nil {
		nonce = g.nonce
	}
	access := rand.Text()
	idToken, err := p.idToken(s, nonce, access, now)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", err.Error())
		return
	}
	p.access[access] = s.sid
	s.refresh, s.idToken = s.sid+"."+rand.Text(), idToken
	response := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(s.accessLife() / time.Second), "id_token": idToken,
		"refresh_token": s.refresh, "scope": "openid profile email " + apsid.ScopeOfflineAccess,
		apsid.TokenSessionExpiresIn: int(s.authTime.Add(s.lifetime).Sub(now) / time.Second),
	}
	if s.idle > 0 {
		response[apsid.TokenSessionIdleTimeout] = int(s.idle / time.Second)
	}
	writeJSON(w, http.StatusOK, response)
}

func (p *provider) idToken(s *session, nonce, access string, now time.Time) (string, error) {
	hash := sha256.Sum256([]byte(access))
	c := claims{
		"iss": p.issuer, "aud": []string{p.clientID}, "iat": now.Unix(), "exp": now.Add(idTokenLife).Unix(),
		"auth_time": s.authTime.Unix(), "acr": apsid.ACRMFA, "amr": []string{apsid.AMRPassword, apsid.AMROTP, apsid.AMRMFA}, "sid": s.sid,
		"at_hash": base64.RawURLEncoding.EncodeToString(hash[:sha256.Size/2]), // OpenID Connect Core, section 3.1.3.6
	}
	maps.Copy(c, s.profile())
	if nonce != "" {
		c["nonce"] = nonce
	}
	key := p.keys.own
	switch s.lie {
	case lieNonce:
		c["nonce"] = rand.Text()
	case lieNoNonce:
		delete(c, "nonce")
	case lieTokenIss:
		c["iss"] = "https://id.elsewhere.example"
	case lieTokenAud:
		c["aud"] = "another-app"
	case lieTokenOver:
		c["iat"], c["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Hour).Unix()
	case lieTokenKey:
		key = p.keys.stranger
	case lieTokenPlain:
		return unsigned("JWT", c)
	default: // the other lies are told elsewhere
	}
	return sign(key, "JWT", c)
}

// profile is what APS ID says of the person, in ID tokens and at userinfo.
func (s *session) profile() map[string]any {
	return map[string]any{
		"sub": s.subject, "name": "Casey Conform", "email": "casey@conform.example", "email_verified": false, apsid.ClaimPracticeID: "prc_conform",
		"zoneinfo": "Australia/Sydney", "locale": "en-AU", "updated_at": s.authTime.Unix(),
	}
}

// serveUserinfo says of the person what the ID token says.
func (p *provider) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[p.access[bearer(r)]]
	if s == nil || s.over(time.Now()) != "" {
		refuse(w, http.StatusUnauthorized, "invalid_token", "")
		return
	}
	writeJSON(w, http.StatusOK, s.profile())
}

func bearer(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return ""
	}
	return token
}
