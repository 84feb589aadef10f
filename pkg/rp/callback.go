package rp

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/pkg/apsid"
)

// serveCallback takes the provider's answer and starts the session.
func (a *App) serveCallback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the URL holds a code
	now := a.config.Now()
	answer, code := readAnswer(r.URL.Query())
	if code != "" {
		a.fail(w, r, http.StatusBadRequest, code, nil)
		return
	}
	name := a.cookies.attemptName(answer.state)
	at, ok := a.attempts.read(a.cookies.get(r, name), now)
	if !ok || subtle.ConstantTimeCompare([]byte(at.state()), []byte(answer.state)) != 1 {
		a.fail(w, r, http.StatusBadRequest, CodeStale, nil)
		return
	}
	a.cookies.clear(w, name)
	if answer.iss != a.config.Issuer {
		a.fail(w, r, http.StatusBadRequest, CodeMismatch, nil)
		return
	}
	if answer.err != "" {
		a.fail(w, r, http.StatusForbidden, answer.err, nil)
		return
	}
	s, err := a.redeem(r.Context(), at, answer.code, now)
	if err != nil {
		a.fail(w, r, http.StatusBadGateway, CodeUnverified, err)
		return
	}
	returnTo := a.returnFor(r, at, s)
	if err := a.startSession(w, r, s, now); err != nil {
		a.fail(w, r, http.StatusServiceUnavailable, CodeStore, err)
		return
	}
	http.Redirect(w, r, returnTo, http.StatusSeeOther)
}

// returnFor is the page that the person was on, or the app's home if another person was last signed in in this browser: one
// person must not see what another was looking at.
func (a *App) returnFor(r *http.Request, at attempt, s Session) string {
	last := a.cookies.get(r, a.cookies.personName())
	if last != "" && last != a.persons.name(s.Subject) && at.returnTo != a.paths.done {
		return a.config.Home
	}
	return at.returnTo
}

// answer is what the provider sent through the browser.
type answer struct{ state, iss, code, err string }

// readAnswer refuses an answer with a parameter given twice (RFC 6749, section 3.1) or neither code nor error.
func readAnswer(query url.Values) (answer, string) {
	for _, values := range query {
		if len(values) > 1 {
			return answer{}, CodeMismatch
		}
	}
	got := answer{state: query.Get("state"), iss: query.Get("iss"), code: query.Get("code"), err: query.Get("error")}
	if (got.code == "") == (got.err == "") {
		return answer{}, CodeMismatch
	}
	return got, ""
}

// redeem exchanges the code and verifies everything that comes back.
func (a *App) redeem(ctx context.Context, at attempt, code string, now time.Time) (Session, error) {
	p, err := a.discovery.provider(ctx)
	if err != nil {
		return Session{}, err
	}
	ctx = oidc.ClientContext(ctx, a.config.Client)
	token, err := a.redeemCode(ctx, p, code, at.verifier())
	if err != nil {
		return Session{}, err
	}
	idToken, err := p.readIDToken(ctx, token.ID, now)
	if err != nil {
		return Session{}, fmt.Errorf("ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(at.nonce())) != 1 {
		return Session{}, errors.New("ID token: not for this sign-in")
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(token.Access); err != nil {
			return Session{}, fmt.Errorf("access token: %w", err)
		}
	}
	s, err := readClaims(idToken)
	if err != nil {
		return Session{}, err
	}
	if !apsid.Satisfies(s.ACR, at.requirement.acr) {
		return Session{}, fmt.Errorf("acr %q is weaker than %q", s.ACR, at.requirement.acr)
	}
	if at.requirement.maxAge > 0 && at.begun.Sub(s.AuthTime) > at.requirement.maxAge+clockSlack {
		return Session{}, fmt.Errorf("auth_time %s is too long ago", s.AuthTime)
	}
	s.IDToken = Token(token.ID)
	s.ExpiresAt = sessionEnd(token, idToken, now)
	s.IdleTimeout, s.LastActivity, s.Told = span(token.SessionIdle), now, now
	s.keep(token, now)
	if s.Name == "" || s.Email == "" {
		return p.withProfile(ctx, s, token)
	}
	return s, nil
}

func readClaims(idToken *oidc.IDToken) (Session, error) {
	var claims struct {
		Name       string   `json:"name"`
		Email      string   `json:"email"`
		Verified   bool     `json:"email_verified"`
		PracticeID string   `json:"practice_id"`
		ACR        string   `json:"acr"`
		AMR        []string `json:"amr"`
		AuthTime   int64    `json:"auth_time"`
		SID        string   `json:"sid"`
	}
	if err := idToken.Claims(&claims); err != nil {
		return Session{}, fmt.Errorf("ID token: %w", err)
	}
	return Session{
		Subject: idToken.Subject, Name: claims.Name, Email: claims.Email, EmailVerified: claims.Verified, PracticeID: claims.PracticeID,
		ACR: claims.ACR, AMR: claims.AMR, AuthTime: time.Unix(claims.AuthTime, 0).UTC(), SID: claims.SID,
	}, nil
}

// withProfile adds what the ID token left out from userinfo, which must speak of the same person (OpenID Connect Core,
// section 5.3.2).
func (p *provider) withProfile(ctx context.Context, s Session, token tokens) (Session, error) {
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token.Access}))
	if err != nil {
		return Session{}, fmt.Errorf("userinfo: %w", err)
	}
	if info.Subject != s.Subject {
		return Session{}, errors.New("userinfo: of somebody else")
	}
	var profile struct {
		Name string `json:"name"`
	}
	if err := info.Claims(&profile); err != nil {
		return Session{}, fmt.Errorf("userinfo: %w", err)
	}
	s.Name, s.Email, s.EmailVerified = profile.Name, info.Email, info.EmailVerified
	return s, nil
}

// clockSlack is how far apart the clocks of app and provider may be.
const clockSlack = time.Minute

// keep takes over the tokens; without a new refresh token the old one stays.
func (s *Session) keep(token tokens, now time.Time) {
	life := span(token.ExpiresIn)
	s.AccessToken, s.AccessExpires, s.RefreshAt = Token(token.Access), now.Add(life), now.Add(life*4/5)
	if token.Refresh != "" {
		s.RefreshToken = Token(token.Refresh)
	}
}

// sessionEnd is when the provider says that the session ends, or the end of the ID token if it says nothing.
func sessionEnd(token tokens, idToken *oidc.IDToken, now time.Time) time.Time {
	if end, told := lifetime(token, now); told {
		return end
	}
	return idToken.Expiry
}

// lifetime is the end that a token response names, if it does.
func lifetime(token tokens, now time.Time) (end time.Time, told bool) {
	left := span(token.SessionExpiresIn)
	return now.Add(left), left > 0
}
