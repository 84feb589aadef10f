package oidcop_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/dpop"
)

// The library logs each refusal and each route by the default logger: not while a benchmark prints.
func benchHouse(b *testing.B) *house {
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	b.Cleanup(func() { slog.SetDefault(previous) })
	b.ReportAllocs()
	return newHouse(b)
}

// run posts one form after another, made by next outside the measured time if fresh, and expects 200.
func (h *house) run(b *testing.B, path, client string, next func() url.Values, fresh bool) {
	h.runWith(b, path, client, next, fresh, func() string { return "" })
}

// runWith does so with a proof beside each, if there is one.
func (h *house) runWith(b *testing.B, path, client string, next func() url.Values, fresh bool, prove func() string) {
	form, proof := next(), prove()
	for b.Loop() {
		if fresh {
			b.StopTimer()
			form, proof = next(), prove()
			b.StartTimer()
		}
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(client, secret)
		if proof != "" {
			r.Header.Set(dpop.Header, proof)
		}
		w := httptest.NewRecorder()
		h.mux.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

// BenchmarkES256Sign is the unit: one bare signature.
func BenchmarkES256Sign(b *testing.B) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sum := sha256.Sum256([]byte("claims"))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ecdsa.Sign(rand.Reader, key, sum[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKeyringSign is the same with its header, as a compact JWS.
func BenchmarkKeyringSign(b *testing.B) {
	h := benchHouse(b)
	for b.Loop() {
		if _, err := h.ring.Sign(context.Background(), "ES256", "at+jwt", []byte(`{"sub":"x"}`)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkClientCredentials is a machine's token: client authentication, one signature, no store.
func BenchmarkClientCredentials(b *testing.B) {
	h := benchHouse(b)
	h.run(b, "/oauth/token", "fusesign", func() url.Values { return url.Values{"grant_type": {"client_credentials"}} }, false)
}

// BenchmarkCodeExchange is a code's redemption with a refresh token: two signatures, Redis and SQL embedded.
func BenchmarkCodeExchange(b *testing.B) {
	h := benchHouse(b)
	v := h.visitor()
	v.code(request())
	h.run(b, "/oauth/token", "timesheets", func() url.Values {
		return redemption(location(v.get("/authorize", request())).Query().Get("code"))
	}, true)
}

// BenchmarkCodeExchangeBound is the same with a proof, to whose key the tokens are bound: one verification and one trip to Redis more.
func BenchmarkCodeExchangeBound(b *testing.B) {
	h := benchHouse(b)
	v, key := h.visitor(), h.holder()
	v.code(request())
	h.runWith(b, "/oauth/token", "timesheets", func() url.Values {
		return redemption(location(v.get("/authorize", request())).Query().Get("code"))
	}, true, func() string { return key.proof("POST", "/oauth/token", "") })
}

// BenchmarkRefresh is one rotation: two signatures, SQL embedded.
func BenchmarkRefresh(b *testing.B) {
	h := benchHouse(b)
	token := h.visitor().tokens()["refresh_token"].(string)
	b.ResetTimer()
	for b.Loop() {
		w := h.refresh(token)
		if w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
		token = decode(b, w)["refresh_token"].(string)
	}
}

// BenchmarkIntrospect is the question about a person's access token: one verification, its session in SQL.
func BenchmarkIntrospect(b *testing.B) {
	h := benchHouse(b)
	form := url.Values{"token": {h.visitor().tokens()["access_token"].(string)}}
	h.run(b, "/oauth/introspect", "timesheets", func() url.Values { return form }, false)
}

// BenchmarkSilentAuthorize is the request of an app whose browser is signed in: a code at once.
func BenchmarkSilentAuthorize(b *testing.B) {
	h := benchHouse(b)
	v := h.visitor()
	v.signIn(request(), "usr_ana")
	query := request("prompt", "none")
	for b.Loop() {
		if w := v.get("/authorize", query); w.Code != http.StatusSeeOther {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

// BenchmarkActivityReport is a person's minute: one verification and one round trip to Redis (embedded); every fifth tells SQL.
func BenchmarkActivityReport(b *testing.B) {
	h := benchHouse(b)
	m := h.visitor().enter("vault", "usr_ana")
	minutes := 0
	for b.Loop() {
		b.StopTimer()
		h.clock.pass(time.Minute)
		if minutes++; minutes%(23*60) == 0 {
			m = h.visitor().enter("vault", "usr_ana")
		}
		if w := m.renew(); w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
		b.StartTimer()
		if w := m.report(`{"idle_seconds":3}`); w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}
