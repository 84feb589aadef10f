package conform

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const sectionSignIn = "Signing in"

// requestChecks are judged last, from what the provider saw in all other checks.
func requestChecks() []check {
	judge := func(ours bool) func(context.Context, *suite) verdict {
		return func(_ context.Context, s *suite) verdict { return fineIf(s.provider.flawsSoFar(ours)) }
	}
	return []check{
		{name: "sign-in: requests", section: sectionSignIn, spec: core + "3.1.2.1", run: judge(false),
			rule: "a sign-in asks for a code and for openid, what guards its answer is new each time, and the code is redeemed once, by the client that asked"},
		{name: "sign-in: state, nonce and PKCE", section: sectionSignIn, run: judge(true),
			rule: "every sign-in has a state, a nonce and a PKCE challenge of its own: the specifications are content with one of them"},
	}
}

// flawsSoFar lists in one line what breaks a specification, or only our contract; "" if nothing does.
func (p *provider) flawsSoFar(ours bool) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var flaws []string
	for f := range p.flaws {
		if f.ours == ours {
			flaws = append(flaws, f.text)
		}
	}
	slices.Sort(flaws)
	return strings.Join(flaws, "; ")
}

func signInChecks() []check {
	return []check{{
		name: "sign-in: return", section: sectionSignIn, run: checkReturn,
		rule: "after the sign-in the person is on the page they asked for, its query included",
	}}
}

func checkReturn(ctx context.Context, s *suite) verdict {
	wanted, err := url.Parse(s.config.Page)
	if err != nil {
		return failed(err)
	}
	query := wanted.Query()
	query.Set("conform", "a b&c=d")
	wanted.RawQuery = query.Encode()
	page, err := s.person(s.plan()).open(ctx, wanted.String())
	if err != nil {
		return failed(err)
	}
	if !page.served() || page.url.Path != wanted.Path || page.url.Query().Get("conform") != "a b&c=d" {
		return wrong(fmt.Sprintf("asked for %s and came to %s", wanted.RequestURI(), page.url.RequestURI()))
	}
	return fine()
}

const sectionAnswers = "Answers that must be refused"

func answerChecks() []check {
	rules := []struct {
		lie  lie
		name string
		spec string
		rule string
	}{
		{lieState, "state", core + "3.1.2.7", "an answer with the state of another sign-in is refused (RFC 6749, section 10.12)"},
		{lieIss, "iss", "", "an answer that names another issuer is refused (RFC 9207, section 2.4)"},
		{lieNoIss, "no iss", "", "an answer without iss is refused, as discovery says that it is sent (RFC 9207, section 2.4)"},
		{lieNonce, "nonce", core + "3.1.3.7, 11", "an ID token with another nonce is refused"},
		{lieNoNonce, "no nonce", core + "3.1.3.7, 11", "an ID token without the nonce is refused"},
		{lieTokenIss, "ID token of another issuer", core + "3.1.3.7, 2", "its iss must be the provider's"},
		{lieTokenAud, "ID token for another app", core + "3.1.3.7, 3", "its aud must be this app"},
		{lieTokenOver, "ID token that is over", core + "3.1.3.7, 9", "its exp must lie ahead"},
		// Core lets a client trust the TLS connection that brought the token instead (section 3.1.3.7, 6).
		{lieTokenKey, "ID token of another key", "", "its signature is checked with the keys at jwks_uri, though TLS brought it"},
		{lieTokenPlain, "ID token without a signature", "", "alg=none is refused, though TLS brought it"},
	}
	var all []check
	for _, r := range rules {
		all = append(all, check{name: "answers: " + r.name, section: sectionAnswers, spec: r.spec, rule: r.rule, run: func(ctx context.Context, s *suite) verdict {
			return s.lied(ctx, r.lie)
		}})
	}
	return append(all,
		check{name: "answers: another browser", section: sectionAnswers, spec: core + "3.1.2.7", run: checkElsewhere,
			rule: "an answer opened in a browser that did not ask for it is refused (RFC 9700, section 4.7)"},
		check{name: "answers: error", section: sectionAnswers, run: checkError,
			rule: "when the provider answers with an error the app says so, and does not send the person straight back"})
}

// lied is a sign-in in which the provider lies: the app must not sign the person in.
func (s *suite) lied(ctx context.Context, what lie) verdict {
	plan := s.plan()
	plan.lie = what
	someone := s.person(plan)
	page, err := someone.open(ctx, s.config.Page)
	if err != nil {
		return failed(err)
	}
	if page.asked == 0 {
		return wrong(notAsked(page))
	}
	if why := s.provider.untold(someone.code, what); why != "" {
		return unchecked(why)
	}
	in, err := s.shown(ctx, someone, reload)
	if err != nil {
		return failed(err)
	}
	if page.served() && page.url.Path == someone.pagePath(s) || in {
		return wrong("the person is signed in all the same")
	}
	return fine()
}

// untold says why the lie was none: the app had not asked for what was forged. "" if it was told.
func (p *provider) untold(code string, what lie) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.codes[code]
	switch {
	case g == nil:
		return ""
	case what == lieState && g.state == "":
		return "the app sends no state"
	case (what == lieNonce || what == lieNoNonce) && g.nonce == "":
		return "the app sends no nonce"
	default:
		return ""
	}
}

func notAsked(p page) string {
	return fmt.Sprintf("the app answers %d at %s instead of sending the person to sign in", p.status, p.url.Path)
}

// pagePath is the path of the page under test: an error page elsewhere may well answer 200.
func (p *person) pagePath(s *suite) string {
	u, err := url.Parse(s.config.Page)
	if err != nil {
		return ""
	}
	return u.Path
}

// checkElsewhere opens an answer in the browser that asked for it, and another answer in one that did not.
func checkElsewhere(ctx context.Context, s *suite) verdict {
	in, err := s.carried(ctx, true)
	if err != nil {
		return failed(err)
	}
	if !in {
		return unproved("an answer opened in the browser that asked for it does not sign the person in either")
	}
	if in, err = s.carried(ctx, false); err != nil {
		return failed(err)
	}
	if in {
		return wrong("the other browser is signed in")
	}
	return fine()
}

// carried begins a sign-in in each of two browsers and opens the answer of the first one, in that one or in the other. It reports
// whether the browser that got it is signed in.
func (s *suite) carried(ctx context.Context, home bool) (bool, error) {
	one, other := s.person(s.plan()), s.person(s.plan())
	page, err := one.look(ctx, s.config.Page, click)
	if err != nil {
		return false, err
	}
	if _, err := other.look(ctx, s.config.Page, click); err != nil { // it has a sign-in of its own under way
		return false, err
	}
	location, err := url.Parse(page.header.Get("Location"))
	if err != nil {
		return false, err
	}
	answer, err := one.signIn(location.Query())
	if err != nil {
		return false, err
	}
	to := other
	if home {
		to = one
	}
	if _, err := to.carry(ctx, answer); err != nil {
		return false, err
	}
	return s.shown(ctx, to, reload)
}

func checkError(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	plan.lie = lieError
	page, err := s.person(plan).open(ctx, s.config.Page)
	switch {
	case err != nil:
		return failed(err)
	case page.asked == 0:
		return wrong(notAsked(page))
	case page.signin:
		return wrong("the person is sent back to sign in without a word, and round and round")
	default:
		return fine()
	}
}
