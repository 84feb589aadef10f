package server_test

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// nodeOf is the configuration of a node with this issuer, whose seal keys are made, and its stores.
func nodeOf(t *testing.T, issuer string, change ...func(*config.Server)) config.Server {
	t.Helper()
	folder := t.TempDir()
	given := config.Server{
		HTTP: config.HTTP{Listen: "127.0.0.1:0", Issuer: issuer},
		Stores: config.Stores{
			Sealed: config.Sealed{
				Database: config.Database{StateDir: folder, DatabaseURL: config.NewSecret(storetest.Postgres(t))},
				SealKeys: filepath.Join(folder, "seal-keys.json"), MakeSealKeys: true,
			},
			RedisURL: config.NewSecret(testenv.Redis(t)),
		},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Support: config.Support{Name: "x", TimeZone: "UTC"}, Hashing: config.DefaultHashing(),
	}
	for _, c := range change {
		c(&given)
	}
	return given
}

// running is a node that answers until the test ends.
func running(t *testing.T, given config.Server) http.Handler {
	t.Helper()
	node, err := server.New(t.Context(), completed(t, given), server.Deps{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	return node.Handler()
}

// findingsOf runs the doctor, and returns what the check found.
func findingsOf(t *testing.T, given config.Server, check string) (found []server.Finding) {
	t.Helper()
	for _, each := range server.Examine(t.Context(), given, server.Asked{}) {
		if each.Check == check {
			found = append(found, each)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no check of %s", check)
	}
	return found
}

// said is what findings say, in one text.
func said(found []server.Finding) string {
	var all []string
	for _, each := range found {
		all = append(all, string(each.State)+" "+each.Text)
	}
	return strings.Join(all, "\n")
}

// public is the issuer's own address; what answers there is set once the node is made.
type public struct {
	*httptest.Server
	next http.Handler
}

func newPublic(t *testing.T) *public {
	t.Helper()
	p := &public{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.next.ServeHTTP(w, r) }))
	t.Cleanup(p.Close)
	return p
}

// proxyTo passes requests on to the node, as the function says.
func proxyTo(t *testing.T, node http.Handler, rewrite func(*httputil.ProxyRequest)) http.Handler {
	t.Helper()
	behind := httptest.NewServer(node)
	t.Cleanup(behind.Close)
	target, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target) // which writes the node's own Host
		rewrite(r)
	}}
}

func TestTheDoctorSeesWhatProxiesDo(t *testing.T) { // ABUSE 59
	keepHost := func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host }
	addClient := func(r *httputil.ProxyRequest) { r.SetXForwarded() }
	for name, c := range map[string]struct {
		proxies []string
		rewrite []func(*httputil.ProxyRequest)
		says    []string
	}{
		"as it should be":       {[]string{"127.0.0.1"}, []func(*httputil.ProxyRequest){keepHost, addClient}, []string{"ok asked from 127.0.0.1"}},
		"another Host":          {[]string{"127.0.0.1"}, []func(*httputil.ProxyRequest){addClient}, []string{"note a request to 127.0.0.1:"}},
		"no client":             {[]string{"127.0.0.1"}, []func(*httputil.ProxyRequest){keepHost}, []string{"the proxy 127.0.0.1 without X-Forwarded-For"}},
		"not among the proxies": {[]string{"10.0.0.0/8"}, []func(*httputil.ProxyRequest){keepHost, addClient}, []string{"FAIL a request arrives from 127.0.0.1, which --trusted-proxies does not hold"}},
		"no proxies":            {[]string{"none"}, []func(*httputil.ProxyRequest){keepHost, addClient}, []string{"FAIL a request arrives from 127.0.0.1, which --trusted-proxies does not hold"}},
		"both": {nil, []func(*httputil.ProxyRequest){addClient}, []string{
			"a proxy rewrites it", "from 127.0.0.1, which --trusted-proxies does not hold"}},
	} {
		t.Run(name, func(t *testing.T) {
			way := newPublic(t)
			given := nodeOf(t, way.URL, func(s *config.Server) { s.HTTP.TrustedProxies = c.proxies })
			way.next = proxyTo(t, running(t, given), func(r *httputil.ProxyRequest) {
				for _, rewrite := range c.rewrite {
					rewrite(r)
				}
			})
			found := findingsOf(t, given, "public address")
			if len(found) != len(c.says) {
				t.Errorf("got %s", said(found))
			}
			for _, text := range c.says {
				if !strings.Contains(said(found), text) {
					t.Errorf("%q does not say %q", said(found), text)
				}
			}
		})
	}
}

// The doctor follows nobody elsewhere, and believes no answer but one of its own nodes.
func TestTheDoctorIsAnsweredByItsOwnNodesOnly(t *testing.T) {
	way := newPublic(t)
	given := nodeOf(t, way.URL)
	node := running(t, given)

	way.next = node
	if text := said(findingsOf(t, given, "public address")); !strings.HasPrefix(text, "ok asked from 127.0.0.1") {
		t.Errorf("directly: %s", text)
	}

	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	earlier := ""
	way.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		node.ServeHTTP(w, r)
		earlier = w.Header().Get("Apsid-Witness")
	})
	if findingsOf(t, given, "public address"); earlier == "" {
		t.Fatal("the question was not answered")
	}
	for name, c := range map[string]struct {
		next http.Handler
		note string
	}{
		"elsewhere":  {http.RedirectHandler(elsewhere.URL, http.StatusFound), "no node with these seal keys answered (302 Found)"},
		"other keys": {running(t, nodeOf(t, way.URL)), "no node with these seal keys answered (200 OK)"},
		"an answer to an earlier question": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Apsid-Witness", earlier)
		}), "no node with these seal keys answered (200 OK)"},
	} {
		way.next = c.next
		if text := said(findingsOf(t, given, "public address")); !strings.Contains(text, c.note) || strings.Contains(text, "\n") {
			t.Errorf("%s: %s", name, text)
		}
	}
	way.Close()
	if text := said(findingsOf(t, given, "public address")); !strings.Contains(text, "could not be asked") {
		t.Errorf("no node runs: %s", text)
	}
}

// A stranger learns nothing, not even by sending again what the doctor sent.
func TestStrangersDoNotLearnHowRequestsArrive(t *testing.T) {
	way := newPublic(t)
	given := nodeOf(t, way.URL)
	node := running(t, given)
	var question string
	way.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question = r.Header.Get("Apsid-Witness")
		node.ServeHTTP(w, r)
	})
	findingsOf(t, given, "public address")
	if question == "" {
		t.Fatal("nothing was asked")
	}
	for name, asked := range map[string]string{"nothing": "", "made up": "AAAA", "no base64": "%%%", "long": strings.Repeat("A", 10_000)} {
		if answer := ask(node, "/.well-known/openid-configuration", asked); answer != "" {
			t.Errorf("%s: %q", name, answer)
		}
	}
	if answer := ask(node, "/healthz", question); answer != "" {
		t.Errorf("elsewhere: %q", answer)
	}
	answer := ask(node, "/.well-known/openid-configuration", question)
	plain, err := base64.RawURLEncoding.DecodeString(answer)
	if err != nil || answer == "" || strings.Contains(string(plain), "192.0.2.7") {
		t.Errorf("an answer that is not sealed: %q, %v", plain, err)
	}
}

func ask(node http.Handler, path, asked string) string {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "192.0.2.7:1"
	if asked != "" {
		r.Header.Set("Apsid-Witness", asked)
	}
	w := httptest.NewRecorder()
	node.ServeHTTP(w, r)
	return w.Header().Get("Apsid-Witness")
}

// A limit that makes no sense is said by the doctor, and starts no node.
func TestLimitsThatMakeNoSenseStartNoNode(t *testing.T) {
	given := nodeOf(t, "http://127.0.0.1:1", func(s *config.Server) { s.Limits.Limit = map[string]string{"country-breaker": "9/1h"} })
	if text := said(findingsOf(t, given, "limits")); !strings.Contains(text, "FAIL --limit: country-breaker=9/1h") {
		t.Errorf("the doctor: %s", text)
	}
	_, err := server.New(t.Context(), completed(t, given), server.Deps{Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--limit: country-breaker=9/1h") {
		t.Errorf("the node: %v", err)
	}
}

func TestTheDoctorLooksAtTheWayToTheStores(t *testing.T) {
	given := nodeOf(t, "http://127.0.0.1:1")
	if text := said(findingsOf(t, given, "encryption to the stores")); text != "ok " {
		t.Errorf("on this machine: %q", text)
	}
	given.Stores.DatabaseURL = config.NewSecret("postgres://u:hunter2@db.invalid/d?sslmode=require")
	given.Stores.RedisURL = config.NewSecret("redis://u:hunter2@redis.invalid")
	text := said(findingsOf(t, given, "encryption to the stores"))
	for _, words := range []string{
		"note connections to the database at db.invalid:5432 are encrypted, but the node does not check whom it talks to",
		"note nothing makes connections to Redis at redis.invalid:6379 use TLS",
	} {
		if !strings.Contains(text, words) {
			t.Errorf("%q does not say %q", text, words)
		}
	}
	for _, each := range server.Examine(t.Context(), given, server.Asked{}) {
		if strings.Contains(each.Text+each.Mend, "hunter2") {
			t.Errorf("a password is shown: %+v", each)
		}
	}
}
