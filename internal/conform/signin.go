package conform

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const sectionSignIn = "Signing in"

// requests is judged last, from what the provider saw in all other checks.
func requests() check {
	return check{name: "sign-in: requests", section: sectionSignIn,
		rule: "every sign-in has a state, a nonce and a PKCE challenge of its own, and every code is redeemed once, by the client that asked"}
}

func (s *suite) requests() verdict {
	return fineIf(strings.TrimPrefix(s.provider.flawsSoFar(), ": "))
}

// flawsSoFar lists them in one line that begins with a colon; "" if there are none.
func (p *provider) flawsSoFar() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var flaws []string
	for flaw := range p.flaws {
		flaws = append(flaws, flaw)
	}
	if len(flaws) == 0 {
		return ""
	}
	slices.Sort(flaws)
	return ": " + strings.Join(flaws, "; ")
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
		rule string
	}{
		{lieState, "state", "an answer with the state of another sign-in is refused (RFC 6749, section 10.12)"},
		{lieIss, "iss", "an answer that names another issuer is refused (RFC 9207, section 2.4)"},
		{lieNoIss, "no iss", "an answer without iss is refused, as discovery says that it is sent (RFC 9207, section 2.4)"},
		{lieNonce, "nonce", "an ID token with another nonce is refused (OpenID Connect Core, section 3.1.3.7)"},
		{lieNoNonce, "no nonce", "an ID token without the nonce is refused (OpenID Connect Core, section 3.1.3.7)"},
		{lieTokenIss, "ID token of another issuer", "its iss must be the provider's (OpenID Connect Core, section 3.1.3.7)"},
		{lieTokenAud, "ID token for another app", "its aud must be this app (OpenID Connect Core, section 3.1.3.7)"},
		{lieTokenOver, "ID token that is over", "its exp must lie ahead (OpenID Connect Core, section 3.1.3.7)"},
		{lieTokenKey, "ID token of another key", "its signature is checked with the keys at jwks_uri"},
		{lieTokenPlain, "ID token without a signature", "alg=none is refused"},
	}
	var all []check
	for _, r := range rules {
		all = append(all, check{name: "answers: " + r.name, section: sectionAnswers, rule: r.rule, run: func(ctx context.Context, s *suite) verdict {
			return s.lied(ctx, r.lie)
		}})
	}
	return append(all,
		check{name: "answers: another browser", section: sectionAnswers, run: checkElsewhere,
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
	in, err := s.shown(ctx, someone, reload)
	if err != nil {
		return failed(err)
	}
	if page.served() && page.url.Path == someone.pagePath(s) || in {
		return wrong("the person is signed in all the same")
	}
	return fine()
}

// pagePath is the path of the page under test: an error page elsewhere may well answer 200.
func (p *person) pagePath(s *suite) string {
	u, err := url.Parse(s.config.Page)
	if err != nil {
		return ""
	}
	return u.Path
}

func checkElsewhere(ctx context.Context, s *suite) verdict {
	one, other := s.person(s.plan()), s.person(s.plan())
	page, err := one.look(ctx, s.config.Page, click)
	if err != nil {
		return failed(err)
	}
	if _, err := other.look(ctx, s.config.Page, click); err != nil { // it has a sign-in of its own under way
		return failed(err)
	}
	location, err := url.Parse(page.header.Get("Location"))
	if err != nil {
		return failed(err)
	}
	answer, err := one.signIn(location.Query())
	if err != nil {
		return failed(err)
	}
	if _, err := other.send(ctx, answer, click); err != nil {
		return failed(err)
	}
	in, err := s.shown(ctx, other, reload)
	if err != nil {
		return failed(err)
	}
	if in {
		return wrong("the other browser is signed in")
	}
	return fine()
}

func checkError(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	plan.lie = lieError
	page, err := s.person(plan).open(ctx, s.config.Page)
	switch {
	case err != nil:
		return failed(err)
	case page.signin:
		return wrong("the person is sent back to sign in without a word, and round and round")
	default:
		return fine()
	}
}
