package conform

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	sectionLogout  = "Back-channel logout"
	sectionSignOut = "Signing out"

	logoutTyp   = "logout+jwt"
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
)

// forgery is a logout token that the app has to refuse.
type forgery struct {
	name   string
	rule   string
	change func(c claims)
	typ    string // "": logout+jwt
	sign   func(k keys, typ string, c claims) (string, error)
}

func forgeries() []forgery {
	own := func(k keys, typ string, c claims) (string, error) { return sign(k.own, typ, c) }
	same := func(claims) {}
	return []forgery{
		{"wrong aud", "aud must be this app", func(c claims) { c["aud"] = "another-app" }, "", own},
		{"wrong iss", "iss must be the provider", func(c claims) { c["iss"] = "https://id.elsewhere.example" }, "", own},
		{"nonce", "a token with a nonce is no logout token", func(c claims) { c["nonce"] = rand.Text() }, "", own},
		{"wrong typ", "typ must be logout+jwt: an ID token is no logout token", same, "JWT", own},
		{"unsigned", "alg=none is refused", same, "", func(_ keys, typ string, c claims) (string, error) { return unsigned(typ, c) }},
		{"another key", "the signature is checked with the keys at jwks_uri", same, "", func(k keys, typ string, c claims) (string, error) { return sign(k.stranger, typ, c) }},
		{"no events", "events must hold the member " + logoutEvent, func(c claims) { delete(c, "events") }, "", own},
		{"nobody", "sub or sid must be there", func(c claims) { delete(c, "sub"); delete(c, "sid") }, "", own},
		{"no jti", "jti must be there", func(c claims) { delete(c, "jti") }, "", own},
		{"over", "exp must lie ahead", func(c claims) {
			c["iat"], c["exp"] = time.Now().Add(-2*time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
		}, "", own},
	}
}

func logoutChecks() []check {
	all := []check{
		{name: "logout: one session", section: sectionLogout, run: checkLogout,
			rule: "a good logout token is answered with 200 or 204, and the session it names is over from the next request on; others are not"},
		{name: "logout: everywhere", section: sectionLogout, run: checkLogoutAll,
			rule: "a logout token without sid ends all sessions of its sub"},
		{name: "logout: replay", section: sectionLogout, run: checkReplay,
			rule: "a logout token is taken once: its jti is remembered until its exp"},
	}
	for _, f := range forgeries() {
		all = append(all, check{name: "logout: " + f.name, section: sectionLogout, rule: f.rule + "; a token that is refused is answered with 400 and changes nothing",
			run: func(ctx context.Context, s *suite) verdict { return s.forged(ctx, f) }})
	}
	return all
}

// logoutClaims name the session of this person (OpenID Connect Back-Channel Logout 1.0, section 2.4).
func (s *suite) logoutClaims(someone *person) claims {
	now := time.Now()
	return claims{
		"iss": s.provider.issuer, "aud": s.provider.clientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": rand.Text(),
		"sub": someone.plan.subject, "sid": someone.sid(), "events": map[string]any{logoutEvent: struct{}{}},
	}
}

// tell sends a logout token as the provider does, and returns the status of the answer.
func (s *suite) tell(ctx context.Context, token string) (int, error) {
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.LogoutURL, body)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func taken(status int) bool { return status == http.StatusOK || status == http.StatusNoContent }

func checkLogout(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	one, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	other, err := s.signIn(ctx, plan) // the same person in another browser
	if err != nil {
		return failed(err)
	}
	token, err := sign(s.provider.keys.own, logoutTyp, s.logoutClaims(one))
	if err != nil {
		return failed(err)
	}
	status, err := s.tell(ctx, token)
	if err != nil {
		return failed(err)
	}
	if !taken(status) {
		return wrong(fmt.Sprintf("the app answers %d at %s", status, s.config.LogoutURL))
	}
	if in, err := s.shown(ctx, one, reload); err != nil || in {
		return wrong("the page is still shown to the person it signed out")
	}
	if in, err := s.shown(ctx, other, reload); err != nil || !in {
		return wrong("the person's session in another browser, with another sid, ended too")
	}
	return fine()
}

func checkLogoutAll(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	one, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	two, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	everywhere := s.logoutClaims(one)
	delete(everywhere, "sid")
	token, err := sign(s.provider.keys.own, logoutTyp, everywhere)
	if err != nil {
		return failed(err)
	}
	status, err := s.tell(ctx, token)
	if err != nil {
		return failed(err)
	}
	if !taken(status) {
		return wrong(fmt.Sprintf("the app answers %d at %s", status, s.config.LogoutURL))
	}
	for _, someone := range []*person{one, two} {
		if in, err := s.shown(ctx, someone, reload); err != nil || in {
			return wrong("the page is still shown in one of the person's two browsers")
		}
	}
	return fine()
}

// checkReplay signs a person out everywhere, signs them in again, and sends the same token once more.
func checkReplay(ctx context.Context, s *suite) verdict {
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	everywhere := s.logoutClaims(someone)
	delete(everywhere, "sid")
	token, err := sign(s.provider.keys.own, logoutTyp, everywhere)
	if err != nil {
		return failed(err)
	}
	if status, err := s.tell(ctx, token); err != nil || !taken(status) {
		return unchecked("the app takes no logout token without sid")
	}
	again, err := s.signIn(ctx, someone.plan)
	if err != nil {
		return failed(err)
	}
	return s.refused(ctx, again, token)
}

func (s *suite) forged(ctx context.Context, f forgery) verdict {
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	c := s.logoutClaims(someone)
	f.change(c)
	typ := f.typ
	if typ == "" {
		typ = logoutTyp
	}
	token, err := f.sign(s.provider.keys, typ, c)
	if err != nil {
		return failed(err)
	}
	return s.refused(ctx, someone, token)
}

// refused sends a token that must change nothing.
func (s *suite) refused(ctx context.Context, someone *person, token string) verdict {
	status, err := s.tell(ctx, token)
	if err != nil {
		return failed(err)
	}
	in, err := s.shown(ctx, someone, reload)
	switch {
	case err != nil:
		return failed(err)
	case !in:
		return wrong("the app signed the person out")
	case status != http.StatusBadRequest:
		return wrong(fmt.Sprintf("the app answers %d", status))
	default:
		return fine()
	}
}

func signOutChecks() []check {
	return []check{{
		name: "sign-out", section: sectionSignOut, run: checkSignOut,
		rule: "signing out ends the app's session on its server, not only in the browser, and goes on to end_session_endpoint with id_token_hint",
	}}
}

func checkSignOut(ctx context.Context, s *suite) verdict {
	if s.config.SignOutURL == "" {
		return unchecked("no --sign-out-url")
	}
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	thief := someone.with(someone.jar.clone())
	response, err := someone.post(ctx, s.config.SignOutURL, originOf(s.provider.app), click, "application/x-www-form-urlencoded", "")
	if err != nil {
		return failed(err)
	}
	if response.StatusCode >= 400 {
		return unchecked(fmt.Sprintf("the app answers %d at %s", response.StatusCode, s.config.SignOutURL))
	}
	in, err := s.shown(ctx, thief, reload)
	if err != nil {
		return failed(err)
	}
	if in {
		return wrong("the cookie from before the sign-out still opens the page")
	}
	to, err := response.Location()
	if err != nil || !strings.HasPrefix(to.String(), s.provider.issuer+"/signout") {
		return wrong("the person is not sent to end_session_endpoint: the provider's session goes on")
	}
	if to.Query().Get("id_token_hint") == "" {
		return wrong("no id_token_hint: the provider has to ask whether the person means it")
	}
	return fine()
}
