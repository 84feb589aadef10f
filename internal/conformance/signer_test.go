package conformance_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// signer signs tokens anew that were changed on the way, with keys of its own that it adds to the provider's. It remembers which token
// was which, so that the provider gets back what it issued.
type signer struct {
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	mu     sync.Mutex
	issued map[string]string // by what the client got
}

const (
	rsaKeyID = "signed-on-the-way"
	ecKeyID  = "signed-on-the-way-too"
)

func newSigner(t *testing.T) *signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	return &signer{rsa: k, ec: key(t), issued: map[string]string{}}
}

// public are the keys with which its signatures are verified.
func (s *signer) public() []any {
	var all []any
	for _, k := range []jose.JSONWebKey{
		{Key: &s.rsa.PublicKey, KeyID: rsaKeyID, Algorithm: "RS256", Use: "sig"}, {Key: &s.ec.PublicKey, KeyID: ecKeyID, Algorithm: "ES256", Use: "sig"},
	} {
		written, err := json.Marshal(k)
		if err != nil {
			panic(err)
		}
		var public map[string]any
		if err := json.Unmarshal(written, &public); err != nil {
			panic(err)
		}
		all = append(all, public)
	}
	return all
}

// signed is the token with its claims changed.
func (s *signer) signed(token string, change func(claims map[string]any), typ string, by how) string {
	claims := claimsOf(token)
	change(claims)
	written, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: s.rsa, KeyID: rsaKeyID}}
	switch {
	case by.es256:
		key = jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.ec, KeyID: ecKeyID}}
	case by.nameless:
		key.Key = s.rsa
	}
	maker, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		panic(err)
	}
	made, err := maker.Sign(written)
	if err != nil {
		panic(err)
	}
	text, err := made.CompactSerialize()
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued[text] = token
	return text
}

// original is what the provider issued as this token.
func (s *signer) original(token string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if issued, found := s.issued[token]; found {
		return issued
	}
	return token
}

func claimsOf(token string) map[string]any {
	claims := map[string]any{}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		panic("no JWT: " + token)
	}
	if err := json.Unmarshal(decode(parts[1]), &claims); err != nil {
		panic(err)
	}
	return claims
}

// relay stands before the back-channel logout URI.
type relay struct {
	to     http.Handler
	keys   *signer
	turn   sync.Mutex // of the modules whose logout tokens come here: one at a time
	mu     sync.Mutex
	broken *logoutBreach // nil: none
}

// logoutBreach is a rule of back-channel logout that the provider breaks.
type logoutBreach struct {
	silent bool                        // it sends nothing
	plain  bool                        // it sends without TLS
	claims func(claims map[string]any) // it sends a token with other claims; nil: the token as it is
	token  func(token string) string   // it sends another text
	form   map[string]string           // it sends more
}

func (r *relay) breaks(b *logoutBreach) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = b
}

// ServeHTTP implements http.Handler.
func (r *relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	b := r.broken
	r.mu.Unlock()
	if b == nil {
		r.to.ServeHTTP(w, request)
		return
	}
	if b.silent {
		return
	}
	if err := request.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if b.plain {
		request.TLS = nil
	}
	token := request.PostForm.Get("logout_token")
	if b.claims != nil {
		token = r.keys.signed(token, b.claims, "logout+jwt", how{})
	}
	if b.token != nil {
		token = b.token(token)
	}
	request.PostForm.Set("logout_token", token)
	for name, value := range b.form {
		request.PostForm.Set(name, value)
	}
	r.to.ServeHTTP(w, request)
}
