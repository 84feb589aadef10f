package faulttest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// withdrawn is a key that signed tokens until it was retired. What it signed is refused from then on, and an app asks for another.
type withdrawn struct {
	kid   atomic.Value // string: its name; nil: no key was withdrawn
	known atomic.Int64 // since when every node knows of it and publishes the key in its place, in Unix nanoseconds; 0: not yet
}

// anyKey stands for every key: all were withdrawn.
const anyKey = "any"

// settling reports whether a request began after the key was retired, and before every node knew of it: until then an app that meets
// the new key may ask a node for it that does not have it yet.
func (k *withdrawn) settling(began time.Time) bool {
	known := k.known.Load()
	return k.kid.Load() != nil && (known == 0 || began.UnixNano() < known)
}

// signed reports whether the key signed a token.
func (k *withdrawn) signed(token string) bool {
	kid, _ := k.kid.Load().(string)
	return kid != "" && kidOf(token) == kid
}

// kidOf reads the name of the key in the header of a token (RFC 7515, section 4.1.4).
func kidOf(token string) string {
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return ""
	}
	var header struct {
		KID string `json:"kid"`
	}
	_ = json.Unmarshal(raw, &header)
	return header.KID
}

// byLeakedKey is what is said of a token of the withdrawn key that an app got or showed.
const byLeakedKey = "signed with the key that leaked"

// byNewKey is what is said of a token that an app could not verify, because the node that it asked did not have the new key yet.
const byNewKey = "signed with the key in its place, which the app could not get yet"

// leaked retires the key that signed the tokens which the app holds, as the runbook says, and measures until when a node takes them.
func leaked(s *scene) {
	held := s.someone()
	kid := kidOf(held.access)
	s.app.leaked.kid.Store(kid)
	s.command("keys", "retire", kid, "--reason", "it leaked", "--yes", "--database-url", s.stores.direct, "--seal-keys", s.sealFile)
	s.ends()
	for _, n := range s.nodes {
		within(s.t, "the key is gone from each node", time.Minute, func() bool { return s.gone(n, kid, held.access) })
	}
	gone := time.Since(s.ended)
	s.app.leaked.known.Store(time.Now().UnixNano())
	s.lasts(outage)
	met := 0
	for _, e := range s.tally.of(refused, s.began) {
		if e.text == byLeakedKey || e.text == byNewKey || e.text == "invalid_token" {
			met++
		}
	}
	s.note = fmt.Sprintf("It was gone from every node within %.1f s; %d requests showed or got a token that was refused for it, and no session ended", gone.Seconds(), met)
	s.goesOn("discovery", "account page")
}

// gone reports whether a node neither publishes the key nor takes a token that it signed.
func (s *scene) gone(n node, kid, token string) bool {
	b := newBrowser(s.world, "10.5.5.5")
	keys, err := b.ask(http.MethodGet, "http://"+n.address()+"/.well-known/jwks.json", nil)
	if err != nil || keys.status != http.StatusOK || strings.Contains(string(keys.body), kid) {
		return false
	}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, strings.Replace(s.endpoint("userinfo_endpoint"), s.balancer.url(), "http://"+n.address(), 1), nil)
	fatal(s.t, err)
	request.Host = strings.TrimPrefix(s.balancer.url(), "http://")
	request.Header.Set("Authorization", "Bearer "+token)
	a, err := b.send(request)
	return err == nil && a.status == http.StatusUnauthorized
}
