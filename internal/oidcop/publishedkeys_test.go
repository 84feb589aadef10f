package oidcop_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/tally"
)

// publish lets fusesign publish its keys, and returns how often they were asked for, and how to publish others ("": the host is away).
func (s *signer) publish(keys ...jose.JSONWebKey) (asked *atomic.Int32, next func(string)) {
	asked = &atomic.Int32{}
	var text atomic.Value
	text.Store(string(must(json.Marshal(jose.JSONWebKeySet{Keys: keys}))))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if text.Load() == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(text.Load().(string)))
	}))
	s.t.Cleanup(server.Close)
	s.change("fusesign", func(c *idp.Client) {
		c.AuthMethod, c.Secrets, c.PublicKeys, c.JWKSURI = idp.AuthKey, nil, "", server.URL
	})
	return asked, func(next string) { text.Store(next) }
}

func TestClientsAuthenticateByPublishedKeys(t *testing.T) {
	s := newSigner(t)
	es, rs := jose.JSONWebKey{Key: s.es.Public(), KeyID: "es"}, jose.JSONWebKey{Key: s.rsa.Public(), KeyID: "rsa"}
	asked, next := s.publish(es)
	byRSA := func() *httptest.ResponseRecorder {
		return s.token(sign(t, jose.PS256, s.rsa, map[string]any{"kid": "rsa"}, must(json.Marshal(s.claims()))))
	}
	for range 3 {
		if w := s.token(s.good(s.claims())); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	if w := byRSA(); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "no registered key") {
		t.Errorf("a key that is not published: %d %s", w.Code, w.Body)
	}
	next(string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{rs}}))))
	s.clock.pass(time.Minute)
	if w := byRSA(); w.Code != http.StatusOK {
		t.Errorf("the next key: %d %s", w.Code, w.Body)
	}
	if w := s.token(s.good(s.claims())); w.Code != http.StatusUnauthorized {
		t.Errorf("a key that was withdrawn: %d", w.Code)
	}

	next("")
	s.clock.pass(9 * time.Minute)
	if w := byRSA(); w.Code != http.StatusOK {
		t.Errorf("while the host is away: %d %s", w.Code, w.Body)
	}
	s.clock.pass(tally.Interval + time.Minute)
	w := byRSA()
	if told := w.Body.String(); w.Code != http.StatusUnauthorized || !strings.Contains(told, "jwks_uri") || strings.Contains(told, "503") {
		t.Errorf("when it has been away for long: %d %s", w.Code, w.Body)
	}
	if left := s.events(idp.EventClientRejected); left[0].Reason != idp.ReasonAssertionKeys || !strings.Contains(left[0].Details["keys"], "the answer was 503") {
		t.Errorf("%+v", left[0])
	}
}
