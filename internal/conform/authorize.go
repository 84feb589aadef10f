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
		p.flaw("redirect_uri is %q, not of the app at %s", query.Get("redirect_uri"), p.app.Host)
		return reply{}, false
	}
	for _, flaw := range requestFlaws(query, p.clientID) {
		p.flaw("%s", flaw)
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
	p.codes[code] = &grant{plan: plan, redirect: query.Get("redirect_uri"), challenge: query.Get("code_challenge"), nonce: query.Get("nonce")}
	return code
}

// requestFlaws holds the authorization request against RFC 9700, section 2.1, and OpenID Connect Core, section 3.1.2.1.
func requestFlaws(query url.Values, clientID string) []string {
	var flaws []string
	find := func(is bool, flaw string) {
		if is {
			flaws = append(flaws, flaw)
		}
	}
	find(query.Get("response_type") != "code", "response_type is not code")
	find(query.Get("client_id") != clientID, "client_id is not the one given")
	find(!slices.Contains(strings.Fields(query.Get("scope")), "openid"), "scope does not ask for openid")
	find(len(query.Get("state")) < minSecret, "state is missing or can be guessed")
	find(len(query.Get("nonce")) < minSecret, "nonce is missing or can be guessed")
	find(query.Get("code_challenge_method") != "S256" || len(query.Get("code_challenge")) != 43, "no PKCE with S256")
	find(query.Has("client_secret"), "the client secret is in the browser's address line")
	for name, values := range query {
		find(len(values) > 1, name+" is there twice")
	}
	slices.Sort(flaws)
	return flaws
}

// fresh notes which values of a request were in an earlier one already.
func (p *provider) fresh(query url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		value := name + "=" + query.Get(name)
		if query.Has(name) && p.values[value] {
			p.flaws[name+" is the same in two sign-ins"] = true
		}
		p.values[value] = true
	}
}
