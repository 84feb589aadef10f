package conformance_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The paths of the provider at which rules are broken.
const (
	pathMetadata  = "/.well-known/openid-configuration"
	pathKeys      = "/.well-known/jwks.json"
	pathAuthorize = "/authorize"
	pathToken     = "/oauth/token"
	pathUserinfo  = "/oauth/userinfo"
	pathLogout    = "/end_session"
)

// metadata is a provider that says something else of itself.
func metadata(change func(map[string]any)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(pathMetadata) {
				e.object(change)
			}
		}}
	}
}

// says is a provider whose metadata has another value; nil: none.
func says(name string, value any) func(*signer) *breach {
	return metadata(func(m map[string]any) {
		m[name] = value
		if value == nil {
			delete(m, name)
		}
	})
}

// lists adds a value to a list of the metadata.
func lists(m map[string]any, name string, more ...any) {
	values, _ := m[name].([]any)
	m[name] = append(values, more...)
}

// keys is a provider with other keys.
func keys(change func(key map[string]any)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(pathKeys) {
				e.object(func(set map[string]any) {
					for _, key := range set["keys"].([]any) {
						change(key.(map[string]any))
					}
				})
			}
		}}
	}
}

// how an ID token is signed on its way.
type how struct {
	nameless bool // no kid
	secretly bool // by a key that is not among the provider's
	es256    bool
	from     int // the first ID token that is changed, from 1
}

// claims is a provider whose ID tokens have other claims.
func claims(change func(map[string]any)) func(*signer) *breach { return claimsSigned(how{}, change) }

func claimsSigned(by how, change func(map[string]any)) func(*signer) *breach {
	return func(s *signer) *breach {
		b := &breach{}
		b.request = func(e *exchange) {
			if hint := e.query.Get("id_token_hint"); hint != "" {
				e.query.Set("id_token_hint", s.original(hint))
			}
		}
		b.response = func(e *exchange) {
			switch {
			case e.is(pathKeys) && !by.secretly:
				e.object(func(set map[string]any) { lists(set, "keys", s.public()...) })
			case e.is(pathToken):
				e.object(func(answer map[string]any) {
					if token, found := answer["id_token"].(string); found && b.next() >= by.from {
						answer["id_token"] = s.signed(token, change, "JWT", by)
					}
				})
			}
		}
		return b
	}
}

func claim(name string, value any) func(*signer) *breach {
	return claims(func(c map[string]any) {
		c[name] = value
		if value == nil {
			delete(c, name)
		}
	})
}

// secondClaim is a provider whose later ID tokens are of something else than its first.
func secondClaim(name string, value any) func(*signer) *breach {
	return claimsSigned(how{from: 2}, func(c map[string]any) { c[name] = value })
}

// returned is a provider that answers the app with other parameters.
func returned(change func(url.Values)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) { e.returned(change) }}
	}
}

// byQuery is a provider that answers by redirect although a form was asked for.
func byQuery(*signer) *breach {
	return &breach{response: func(e *exchange) {
		if action, fields, found := e.posted(); found {
			e.redirect(action, fields)
		}
	}}
}

// refuses is a provider that refuses authorization requests of a kind.
func refuses(kind func(url.Values) bool) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{answer: func(e *exchange) bool {
			if !e.is(pathAuthorize) || !kind(e.query) {
				return false
			}
			e.refuse("invalid_request")
			return true
		}}
	}
}

func refusesParameter(name string) func(*signer) *breach {
	return refuses(func(q url.Values) bool { return q.Has(name) })
}

// ignores is a provider that does as if a parameter had not been sent.
func ignores(path, name string) func(*signer) *breach {
	return asks(path, func(q url.Values) { q.Del(name) })
}

// asks is a provider that takes a request for another one.
func asks(path string, change func(url.Values)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{request: func(e *exchange) {
			if e.is(path) && e.method == http.MethodPost {
				change(e.form)
			} else if e.is(path) {
				change(e.query)
			}
		}}
	}
}

// tokens is a provider whose token endpoint says something else, to requests of a kind.
func tokens(grant string, change func(map[string]any)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(pathToken) && (grant == "" || e.form.Get("grant_type") == grant) {
				e.object(change)
			}
		}}
	}
}

func tokensHave(name string, value any) func(*signer) *breach {
	return tokens("", func(answer map[string]any) {
		answer[name] = value
		if value == nil {
			delete(answer, name)
		}
	})
}

// refusal changes how the token endpoint refuses.
func refusal(change func(*exchange)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(pathToken) && e.status >= 400 {
				change(e)
			}
		}}
	}
}

// person is a provider whose userinfo says something else.
func person(change func(map[string]any)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			if e.is(pathUserinfo) {
				e.object(change)
			}
		}}
	}
}

func personHas(name string, value any) func(*signer) *breach {
	return person(func(claims map[string]any) {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	})
}

// offers is a provider that lists a scope, and brings a claim for it.
func offers(claim string, value any, scopes ...any) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{response: func(e *exchange) {
			switch {
			case e.is(pathMetadata):
				e.object(func(m map[string]any) { lists(m, "scopes_supported", scopes...) })
			case e.is(pathUserinfo):
				e.object(func(claims map[string]any) { claims[claim] = value })
			}
		}}
	}
}

// at is a provider that answers some requests by itself.
func at(path string, matches func(*exchange) bool, answer func(*exchange)) func(*signer) *breach {
	return func(*signer) *breach {
		return &breach{answer: func(e *exchange) bool {
			if !e.is(path) || !matches(e) {
				return false
			}
			answer(e)
			return true
		}}
	}
}

func always(*exchange) bool { return true }

func isPost(e *exchange) bool { return e.method == http.MethodPost }

// redeemsTwice is a provider that answers a code again as the first time.
func redeemsTwice(*signer) *breach {
	var first map[string][]byte
	b := &breach{}
	b.answer = func(e *exchange) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		body, found := first[e.form.Get("code")]
		if !e.is(pathToken) || !found {
			return false
		}
		e.header.Set("Content-Type", "application/json")
		e.body = body
		return true
	}
	b.response = func(e *exchange) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if e.is(pathToken) && e.status == http.StatusOK {
			first = maps.Clone(first)
			if first == nil {
				first = map[string][]byte{}
			}
			first[e.form.Get("code")] = slices.Clone(e.body)
		}
	}
	return b
}

// refreshesForAnybody is a provider that takes the third refresh, which is of another client's token, as it took the others.
func refreshesForAnybody(*signer) *breach {
	b := &breach{}
	b.answer = func(e *exchange) bool {
		if !e.is(pathToken) || e.form.Get("grant_type") != "refresh_token" || b.next() < 3 {
			return false
		}
		e.json(http.StatusOK, map[string]any{"access_token": strings.Repeat("abcdefgh", 8), "token_type": "Bearer", "expires_in": 300})
		return true
	}
	return b
}

// codes is a provider whose codes are others, which it knows again.
func codes(other string) func(*signer) *breach {
	return func(*signer) *breach {
		var issued string
		b := &breach{}
		b.response = func(e *exchange) {
			e.returned(func(q url.Values) {
				b.mu.Lock()
				defer b.mu.Unlock()
				issued = q.Get("code")
				q.Set("code", other)
			})
		}
		b.request = func(e *exchange) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if e.is(pathToken) {
				e.form.Set("code", issued)
			}
		}
		return b
	}
}

// keepsSignedIn is a provider that answers a sign-out as it should, and signs nobody out.
func keepsSignedIn(answer func(*exchange)) func(*signer) *breach {
	return at(pathLogout, always, answer)
}

// returnsTo sends a browser that signs out to an address.
func returnsTo(address string) func(*exchange) {
	return func(e *exchange) {
		q := url.Values{}
		if state := e.query.Get("state"); state != "" {
			q.Set("state", state)
		}
		e.redirect(address, q)
	}
}

// returnsAsAsked sends a browser that signs out to whatever address the request names.
func returnsAsAsked(e *exchange) { returnsTo(e.query.Get("post_logout_redirect_uri"))(e) }

func longAgo() int64 { return time.Now().Add(-24 * time.Hour).Unix() }

func soon() int64 { return time.Now().Add(24 * time.Hour).Unix() }
