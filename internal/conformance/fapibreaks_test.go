package conformance_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What integrations ask with their tokens, and where requests are pushed.
const (
	pathPush = "/oauth/par"
	pathAPI  = "/api/v1/practices/prc_conformance"
)

// takes is a provider that takes at a path what it should refuse.
func takes(path string) func(*signer) *breach {
	return takesIf(path, func(*exchange) bool { return true })
}

func takesIf(path string, matches func(*exchange) bool) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(path) && e.status >= 400 && matches(e) {
				e.take()
			}
		}}
	}
}

// take answers as if nothing were wrong.
func (e *exchange) take() {
	switch e.path {
	case pathPush:
		e.json(http.StatusCreated, map[string]any{"request_uri": "urn:ietf:params:oauth:request_uri:" + rand.Text() + rand.Text(), "expires_in": 60})
	case pathToken:
		e.json(http.StatusOK, map[string]any{"access_token": rand.Text() + rand.Text(), "token_type": "DPoP", "expires_in": 300})
	default:
		e.json(http.StatusOK, map[string]any{"sub": "usr_1"})
	}
}

// rejects is a provider that refuses at a path what it should take.
func rejects(path string, matches func(*exchange) bool) func(*signer) *breach {
	return at(path, matches, func(e *exchange) { e.json(http.StatusBadRequest, map[string]any{"error": "invalid_request"}) })
}

func asksFor(name string) func(*exchange) bool {
	return func(e *exchange) bool { return e.form.Has(name) }
}

func lacks(name string) func(*exchange) bool {
	return func(e *exchange) bool { return !e.form.Has(name) }
}

// errsWith is a provider whose errors at a path are others.
func errsWith(path, code string) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(path) && e.status >= 400 {
				e.object(func(o map[string]any) { o["error"] = code })
			}
		}}
	}
}

// pushedHave is a provider that answers pushed requests with another value; nil: none.
func pushedHave(name string, value any) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(pathPush) {
				e.object(func(o map[string]any) {
					if o[name] = value; value == nil {
						delete(o, name)
					}
				})
			}
		}}
	}
}

// answersWith is a provider whose answers at a path have another header.
func answersWith(path, name, value string) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(path) {
				e.header.Set(name, value)
			}
		}}
	}
}

// nothing is a provider as it is, to a module that waits for less long than it should.
func nothing(*signer) *breach { return &breach{} }

// sendsBack is a provider that answers at the app, without a sign-in, from the n-th request on.
func sendsBack(n int, answer url.Values) func(*signer) *breach {
	return func(*signer) *breach {
		b := &breach{}
		b.answer = func(e *exchange) bool {
			if !e.is(pathAuthorize) || b.next() < n {
				return false
			}
			e.redirect(suiteApp+"/callback", answer)
			return true
		}
		return b
	}
}

func aCode() url.Values { return url.Values{"code": {rand.Text() + rand.Text()}} }

// opensOnce is a provider that spends the name of a pushed request when a browser comes with it.
func opensOnce(*signer) *breach {
	b := &breach{}
	b.answer = func(e *exchange) bool {
		if !e.is(pathAuthorize) || b.next() < 2 {
			return false
		}
		e.page(http.StatusBadRequest, "This request was used")
		return true
	}
	return b
}

// resends is a provider whose sign-in page sends the browser on by a redirect that repeats the request.
func resends(*signer) *breach {
	return &breach{response: func(e *exchange) {
		if e.method == http.MethodPost && e.status == http.StatusSeeOther {
			e.status = http.StatusTemporaryRedirect
		}
	}}
}

// cancels is a provider whose sign-in page has a button to cancel, and what it answers then.
func cancels(answer url.Values) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{
			answer: func(e *exchange) bool {
				if e.form.Get("action") != "cancel" {
					return false
				}
				e.redirect(suiteApp+"/callback", answer)
				return true
			},
			response: func(e *exchange) {
				page := string(e.body)
				if strings.Contains(page, `type="password"`) {
					e.body = []byte(strings.ReplaceAll(page, "</form>", `<button name="action" value="cancel">Cancel</button></form>`))
				}
			},
		}
	}
}

// seen is a proof as a request brought it.
type seen struct {
	headers        []string
	header, claims map[string]any
}

// of reports whether the request has a proof of a kind.
func proofOf(kind func(seen) bool) func(*exchange) bool {
	return func(e *exchange) bool {
		var s seen
		for name, values := range e.from {
			if strings.EqualFold(name, "DPoP") {
				s.headers = append(s.headers, values...)
			}
		}
		if len(s.headers) == 0 {
			return kind(s)
		}
		parts := strings.Split(s.headers[0], ".")
		for i, to := range []*map[string]any{&s.header, &s.claims} {
			text, err := base64.RawURLEncoding.DecodeString(parts[i])
			if err != nil || json.Unmarshal(text, to) != nil {
				return false
			}
		}
		return kind(s)
	}
}

func hasNo(part func(seen) map[string]any, name string) func(seen) bool {
	return func(s seen) bool {
		_, found := part(s)[name]
		return len(s.headers) == 1 && !found
	}
}

func inHeader(s seen) map[string]any { return s.header }
func inClaims(s seen) map[string]any { return s.claims }

func issuedIn(least, most time.Duration) func(seen) bool {
	return func(s seen) bool {
		at, isNumber := s.claims["iat"].(float64)
		off := time.Until(time.Unix(int64(at), 0))
		return isNumber && off >= least && off <= most
	}
}

// forgetsProofs is a resource that takes a proof of a kind again.
func forgetsProofs(path string) func(*signer) *breach {
	return func(*signer) *breach {
		var before []string
		b := &breach{}
		b.response = func(e *exchange) {
			proofOf(func(s seen) bool {
				b.mu.Lock()
				defer b.mu.Unlock()
				name, _ := s.claims["jti"].(string)
				if e.is(path) && slices.Contains(before, name) {
					e.take()
				}
				before = append(before, name)
				return true
			})(e)
		}
		return b
	}
}
