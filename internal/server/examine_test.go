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

// checkOf runs the doctor, which must find no failure, and returns the check whose name begins so.
func checkOf(t *testing.T, given config.Server, name string) (found server.Check) {
	t.Helper()
	for _, check := range server.Examine(t.Context(), completed(t, given)) {
		if check.Err != nil {
			t.Errorf("%s: %v", check.Name, check.Err)
		}
		if strings.HasPrefix(check.Name, name) {
			found = check
		}
	}
	if found.Name == "" {
		t.Fatalf("no check of %s", name)
	}
	return found
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
		notes   []string
	}{
		"as it should be":       {[]string{"127.0.0.1"}, []func(*httputil.ProxyRequest){keepHost, addClient}, nil},
		"another Host":          {[]string{"127.0.0.1"}, []func(*httputil.ProxyRequest){addClient}, []string{"a proxy rewrites it"}},
		"no client":             {[]string{"127.0.0.1"}, []func(*httputil.ProxyRequest){keepHost}, []string{"the proxy 127.0.0.1 without X-Forwarded-For"}},
		"not among the proxies": {[]string{"10.0.0.0/8"}, []func(*httputil.ProxyRequest){keepHost, addClient}, []string{"from 127.0.0.1, which --trusted-proxies does not hold"}},
		"no proxies":            {[]string{"none"}, []func(*httputil.ProxyRequest){keepHost, addClient}, []string{"from 127.0.0.1, which --trusted-proxies does not hold"}},
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
			check := checkOf(t, given, "public address")
			if check.Name != "public address, asked from 127.0.0.1" {
				t.Errorf("got %q", check.Name)
			}
			if len(c.notes) == 0 && check.Note != "" {
				t.Errorf("got %q", check.Note)
			}
			for _, note := range c.notes {
				if !strings.Contains(check.Note, note) {
					t.Errorf("%q does not say %q", check.Note, note)
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
	if check := checkOf(t, given, "public address"); check.Note != "" || check.Name != "public address, asked from 127.0.0.1" {
		t.Errorf("directly: %+v", check)
	}

	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	earlier := ""
	way.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		node.ServeHTTP(w, r)
		earlier = w.Header().Get("Apsid-Witness")
	})
	if checkOf(t, given, "public address"); earlier == "" {
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
		if check := checkOf(t, given, "public address"); !strings.Contains(check.Note, c.note) || check.Name != "public address" {
			t.Errorf("%s: %+v", name, check)
		}
	}
	way.Close()
	if check := checkOf(t, given, "public address"); !strings.Contains(check.Note, "could not be asked") {
		t.Errorf("no node runs: %+v", check)
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
	checkOf(t, given, "public address")
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

func TestTheDoctorAsksWhatRedisDeletes(t *testing.T) {
	for name, c := range map[string]struct{ address, note string }{
		"as the tests have it": {testenv.Redis(t), ""},
		"embedded":             {config.Embedded, ""},
		"deletes":              {testenv.RedisServer(t, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"), "its maxmemory-policy is allkeys-lru"},
		"deletes later":        {testenv.RedisServer(t, "--maxmemory-policy", "volatile-lru"), "its maxmemory-policy is volatile-lru"},
		"does not say":         {testenv.RedisServer(t, "--rename-command", "INFO", ""), "it does not say what it does once its memory is full"},
	} {
		given := nodeOf(t, "http://127.0.0.1:1", func(s *config.Server) { s.Stores.RedisURL = config.NewSecret(c.address) })
		running(t, given)
		check := checkOf(t, given, "redis")
		if (check.Note == "") != (c.note == "") || !strings.Contains(check.Note, c.note) {
			t.Errorf("%s: %q", name, check.Note)
		}
	}
}

// A limit that makes no sense is said by the doctor, and starts no node.
func TestLimitsThatMakeNoSenseStartNoNode(t *testing.T) {
	given := nodeOf(t, "http://127.0.0.1:1", func(s *config.Server) { s.Limits.Limit = map[string]string{"country-breaker": "9/1h"} })
	checks := server.Examine(t.Context(), completed(t, given))
	if err := checks[0].Err; err == nil || !strings.Contains(err.Error(), "--limit: country-breaker=9/1h") {
		t.Errorf("the doctor: %v", err)
	}
	_, err := server.New(t.Context(), completed(t, given), server.Deps{Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--limit: country-breaker=9/1h") {
		t.Errorf("the node: %v", err)
	}
}

func TestTheDoctorLooksAtTheWayToTheStores(t *testing.T) {
	given := nodeOf(t, "http://127.0.0.1:1")
	running(t, given)
	if check := checkOf(t, given, "encryption to the stores"); check.Note != "" {
		t.Errorf("on this machine: %q", check.Note)
	}
	given.Stores.DatabaseURL = config.NewSecret("postgres://u:hunter2@db.invalid/d?sslmode=require")
	given.Stores.RedisURL = config.NewSecret("redis://u:hunter2@redis.invalid")
	for _, check := range server.Examine(t.Context(), completed(t, given)) {
		if check.Name != "encryption to the stores" {
			continue
		}
		for _, words := range []string{
			"connections to db.invalid:5432 are encrypted, but the node does not check whom it talks to: set sslmode=verify-full",
			"nothing makes connections to redis.invalid:6379 use TLS",
		} {
			if check.Err != nil || !strings.Contains(check.Note, words) || strings.Contains(check.Note, "hunter2") {
				t.Errorf("got %+v, want %q", check, words)
			}
		}
		return
	}
	t.Error("no check of it")
}
