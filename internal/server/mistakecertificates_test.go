package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
)

// ABUSE 14: proxies that let a client make a certificate up, or that keep those of clients from being read.
func certificateMistakes() []mistake {
	return []mistake{
		{"a proxy that passes a client's own header", "certificates of clients", "FAIL a client that sends a Client-Cert header", "remove the header", careless(func(r *httputil.ProxyRequest) {
			r.Out.Host = r.In.Host
		}), ""},
		{"a proxy that rewrites Host", "certificates of clients", "FAIL a request to https://127.0.0.1", "pass Host on", careless(func(r *httputil.ProxyRequest) {
			r.Out.Header.Del("Client-Cert")
		}), "public address"},
		{"the header is passed at the issuer alone", "certificates of clients", "FAIL a client that sends a Client-Cert header", "at every origin",
			func(t *testing.T, s *sound, c *config.Server, a *server.Asked) {
				careless(func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host })(t, s, c, a)
				c.MTLS.BaseURL = careful(t, s)
			}, ""},
		{"nobody is at the origin for certificates", "certificates of clients", "note it could not be asked", "once a node runs",
			given(func(c *config.Server) { c.MTLS.BaseURL = "https://127.0.0.1:1" }), ""},
	}
}

// careless is a proxy at the issuer, which is the origin for certificates too.
func careless(rewrite func(*httputil.ProxyRequest)) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
		c.MTLS.BaseURL = c.HTTP.Issuer
		was := s.next
		s.next = http.Handler(proxyTo(t, s.node, func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			rewrite(r)
		}))
		t.Cleanup(func() { s.next = was })
	}
}

// careful is the address of a proxy of its own for certificates, which passes no header of a client.
func careful(t *testing.T, s *sound) string {
	t.Helper()
	apart := httptest.NewTLSServer(proxyTo(t, s.node, func(r *httputil.ProxyRequest) {
		r.Out.Host = r.In.Host
		r.Out.Header.Del("Client-Cert")
	}))
	t.Cleanup(apart.Close)
	return apart.URL
}

// tellsNamesApart puts a proxy at the issuer that passes every header, and answers to the issuer's name alone: the header is not read under
// that name, so nothing is wrong.
func tellsNamesApart(t *testing.T, s *sound, c *config.Server) {
	careless(func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host })(t, s, c, nil)
	c.MTLS.BaseURL = careful(t, s)
	passes, name := s.next, strings.TrimPrefix(c.HTTP.Issuer, "https://")
	s.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != name {
			w.WriteHeader(http.StatusMisdirectedRequest)
			return
		}
		passes.ServeHTTP(w, r)
	})
}
