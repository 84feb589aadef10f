package conform

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
)

// minSecret is the least length of state and nonce: 96 random bits in base64url.
const minSecret = 16

// reply is what the provider sends through the browser.
type reply struct {
	target string
	form   url.Values // nil: by GET, everything is in target
	code   string
}

// authorize is the sign-in: every caller is signed in. It returns what the browser brings back to the app.
func (p *provider) authorize(query url.Values, plan plan) (reply, bool) {
	redirect, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || redirect.Scheme != p.app.Scheme || redirect.Host != p.app.Host || redirect.Fragment != "" {
		p.note(broken("redirect_uri is %q, not of the app at %s", query.Get("redirect_uri"), p.app.Host))
		return reply{}, false
	}
	for _, flaw := range requestFlaws(query, p.clientID) {
		p.note(flaw)
	}
	p.fresh(query)
	answer := url.Values{"iss": {p.issuer}}
	if state := query.Get("state"); state != "" {
		answer.Set("state", state)
	}
	code := ""
	if plan.lie == lieError {
		answer.Set("error", "access_denied")
	} else {
		code = p.newCode(query, plan)
		answer.Set("code", code)
	}
	switch plan.lie {
	case lieState:
		answer.Set("state", rand.Text())
	case lieIss:
		answer.Set("iss", "https://id.elsewhere.example")
	case lieNoIss:
		answer.Del("iss")
	default: // the other lies are told elsewhere
	}
	sent := replyTo(redirect, query.Get("response_mode"), answer)
	sent.code = code
	return sent, true
}

func replyTo(redirect *url.URL, mode string, answer url.Values) reply {
	if mode == "form_post" {
		return reply{target: redirect.String(), form: answer}
	}
	both := redirect.Query()
	for name, values := range answer {
		both[name] = values
	}
	target := *redirect
	target.RawQuery = both.Encode()
	return reply{target: target.String()}
}

func (p *provider) newCode(query url.Values, plan plan) string {
	code := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = &grant{plan: plan, redirect: query.Get("redirect_uri"), state: query.Get("state"), challenge: query.Get("code_challenge"), nonce: query.Get("nonce")}
	return code
}

// requestFlaws holds the authorization request against OpenID Connect Core, section 3.1.2.1, RFC 9700, section 2.1, and our contract:
// state, nonce and PKCE guard against one another's absence, and the specifications leave it to the app which of them it has.
func requestFlaws(query url.Values, clientID string) []flaw {
	var flaws []flaw
	find := func(is bool, f flaw) {
		if is {
			flaws = append(flaws, f)
		}
	}
	state, nonce, challenge := query.Get("state"), query.Get("nonce"), query.Get("code_challenge")
	find(query.Get("response_type") != "code", broken("response_type is not code"))
	find(query.Get("client_id") != clientID, broken("client_id is not the one given"))
	find(!slices.Contains(strings.Fields(query.Get("scope")), "openid"), broken("scope does not ask for openid"))
	find(state == "" && nonce == "" && challenge == "", broken("neither state nor nonce nor PKCE guards the answer"))
	find(state != "" && len(state) < minSecret, broken("state can be guessed"))
	find(nonce != "" && len(nonce) < minSecret, broken("nonce can be guessed"))
	find(challenge != "" && (query.Get("code_challenge_method") != "S256" || len(challenge) != 43), broken("the PKCE challenge is not of S256"))
	find(query.Has("client_secret"), broken("the client secret is in the browser's address line"))
	for name, values := range query {
		find(len(values) > 1, broken("%s is there twice", name))
	}
	find(state == "", lacking("no state"))
	find(nonce == "", lacking("no nonce"))
	find(challenge == "", lacking("no PKCE"))
	return flaws
}

// fresh notes which values of a request were in an earlier one already.
func (p *provider) fresh(query url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		value := name + "=" + query.Get(name)
		if query.Get(name) != "" && p.values[value] {
			p.flaws[broken("%s is the same in two sign-ins", name)] = true
		}
		p.values[value] = true
	}
}
