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
	spec   string // "": our contract asks for it
	rule   string
	change func(c claims)
	typ    string // "": logout+jwt
	sign   func(k keys, typ string, c claims) (string, error)
}

func forgeries() []forgery {
	own := func(k keys, typ string, c claims) (string, error) { return sign(k.own, typ, c) }
	strangers := func(k keys, typ string, c claims) (string, error) { return sign(k.stranger, typ, c) }
	none := func(_ keys, typ string, c claims) (string, error) { return unsigned(typ, c) }
	same := func(claims) {}
	const validation = backChan + "2.6"
	return []forgery{
		{"wrong aud", validation, "aud must be this app", func(c claims) { c["aud"] = "another-app" }, "", own},
		{"wrong iss", validation, "iss must be the provider", func(c claims) { c["iss"] = "https://id.elsewhere.example" }, "", own},
		{"nonce", validation, "a token with a nonce is no logout token", func(c claims) { c["nonce"] = rand.Text() }, "", own},
		// The specification recommends the type to providers (section 2.4), and asks no client to look at it.
		{"wrong typ", "", "typ must be logout+jwt: an ID token is no logout token", same, "JWT", own},
		{"unsigned", validation, "alg=none is refused", same, "", none},
		{"another key", validation, "the signature is checked with the keys at jwks_uri", same, "", strangers},
		{"no events", validation, "events must hold the member " + logoutEvent, func(c claims) { delete(c, "events") }, "", own},
		{"nobody", validation, "sub or sid must be there", func(c claims) { delete(c, "sub"); delete(c, "sid") }, "", own},
		// Providers must send it (section 2.4), and clients need not look (section 2.6, 7).
		{"no jti", "", "jti must be there", func(c claims) { delete(c, "jti") }, "", own},
		{"over", validation, "exp must lie ahead", func(c claims) {
			c["iat"], c["exp"] = time.Now().Add(-2*time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
		}, "", own},
	}
}

func logoutChecks() []check {
	all := []check{
		{name: "logout: taken", section: sectionLogout, run: checkLogoutTaken,
			rule: "the app takes back-channel logout, which OpenID Connect leaves to it"},
		{name: "logout: one session", section: sectionLogout, spec: backChan + "2.7", run: checkLogout,
			rule: "a good logout token is answered with 200 or 204, and the session it names is over from the next request on"},
		{name: "logout: other sessions", section: sectionLogout, run: proven(checkLogoutOthers),
			rule: "a logout token with a sid ends that session, and no other one of the person"},
		{name: "logout: everywhere", section: sectionLogout, spec: backChan + "2.7", run: proven(checkLogoutAll),
			rule: "a logout token without sid ends all sessions of its sub"},
		{name: "logout: replay", section: sectionLogout, run: proven(checkReplay),
			rule: "a logout token is taken once: its jti is remembered until its exp"},
	}
	for _, f := range forgeries() {
		all = append(all, check{name: "logout: " + f.name, section: sectionLogout, spec: f.spec,
			rule: f.rule + "; a token that is refused is answered with 400 and changes nothing",
			run:  proven(func(ctx context.Context, s *suite) verdict { return s.forged(ctx, f) })})
	}
	return all
}

// proven makes a check of logout tokens after a good one has done what it should: to an app that takes none, or does nothing,
// a forged one does nothing either.
func proven(run func(context.Context, *suite) verdict) func(context.Context, *suite) verdict {
	return func(ctx context.Context, s *suite) verdict {
		switch v := checkLogout(ctx, s); v.state {
		case OK:
			return run(ctx, s)
		case Wrong:
			return unproved("a good logout token is not taken either: " + v.seen)
		default:
			return v
		}
	}
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

// missing reports whether this is the answer of a place where nothing takes logout tokens.
func missing(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

const noLogout = "the app takes no back-channel logout (no --logout-url)"

func checkLogoutTaken(ctx context.Context, s *suite) verdict {
	if s.config.LogoutURL == "" {
		return unchecked(noLogout)
	}
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	status, err := s.tellGood(ctx, s.logoutClaims(someone))
	switch {
	case err != nil:
		return failed(err)
	case missing(status):
		return wrong(fmt.Sprintf("the app answers %d at %s: name the right place with --logout-url, or none", status, s.config.LogoutURL))
	default:
		return fine() // what it does with it is checked next
	}
}

// checkLogout signs one person out.
func checkLogout(ctx context.Context, s *suite) verdict {
	if s.config.LogoutURL == "" {
		return unchecked(noLogout)
	}
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	return s.signedOut(ctx, someone)
}

// signedOut sends a good token that names the person's session, which must end, while that of somebody else goes on.
func (s *suite) signedOut(ctx context.Context, someone *person) verdict {
	bystander, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	status, err := s.tellGood(ctx, s.logoutClaims(someone))
	switch {
	case err != nil:
		return failed(err)
	case missing(status):
		return unchecked(fmt.Sprintf("the app answers %d at %s: it takes no logout tokens there", status, s.config.LogoutURL))
	case !taken(status):
		return wrong(fmt.Sprintf("the app answers %d at %s", status, s.config.LogoutURL))
	}
	in, err := s.shown(ctx, someone, reload)
	switch {
	case err != nil:
		return failed(err)
	case in:
		return wrong("the page is still shown to the person it signed out")
	default:
		return s.beside(ctx, bystander, fine())
	}
}

// tellGood sends a good token with these claims.
func (s *suite) tellGood(ctx context.Context, c claims) (status int, err error) {
	token, err := sign(s.provider.keys.own, logoutTyp, c)
	if err != nil {
		return 0, err
	}
	return s.tell(ctx, token)
}

// twice signs the same person in, in two browsers.
func (s *suite) twice(ctx context.Context) (one, other *person, err error) {
	plan := s.plan()
	if one, err = s.signIn(ctx, plan); err != nil {
		return nil, nil, err
	}
	other, err = s.signIn(ctx, plan)
	return one, other, err
}

func checkLogoutOthers(ctx context.Context, s *suite) verdict {
	one, other, err := s.twice(ctx)
	if err != nil {
		return failed(err)
	}
	if v := s.signedOut(ctx, one); v.state != OK {
		return v
	}
	in, err := s.shown(ctx, other, reload)
	switch {
	case err != nil:
		return failed(err)
	case !in:
		return wrong("the person's session in another browser, with another sid, ended too")
	default:
		return fine()
	}
}

func checkLogoutAll(ctx context.Context, s *suite) verdict {
	one, two, err := s.twice(ctx)
	if err != nil {
		return failed(err)
	}
	bystander, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	everywhere := s.logoutClaims(one)
	delete(everywhere, "sid")
	status, err := s.tellGood(ctx, everywhere)
	if err != nil {
		return failed(err)
	}
	if !taken(status) {
		return wrong(fmt.Sprintf("the app answers %d at %s", status, s.config.LogoutURL))
	}
	for _, someone := range []*person{one, two} {
		in, err := s.shown(ctx, someone, reload)
		if err != nil {
			return failed(err)
		}
		if in {
			return wrong("the page is still shown in one of the person's two browsers")
		}
	}
	return s.beside(ctx, bystander, fine())
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

// refused sends a token that must change nothing, and then one of the same session that must end it.
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
	}
	v := s.signedOut(ctx, someone)
	if v.state == Wrong {
		return unproved("a good logout token for the same session is not taken either: " + v.seen)
	}
	return v
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
	bystander, err := s.signIn(ctx, s.plan())
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
	return s.beside(ctx, bystander, fine())
}
