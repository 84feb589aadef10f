package conform_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/conform"
	"github.com/apscloud/apsid/internal/timesheets"
	"github.com/apscloud/apsid/pkg/rp"
)

const (
	clientID     = "checked-app"
	clientSecret = "secret of the checked app"
)

// setting is where an app under test runs, and the provider it is to use.
type setting struct {
	issuer, origin string
	algs           []string // what tokens may be signed with; nil: whatever discovery lists
}

// start starts an app beside a provider.
func start(t *testing.T, app func(setting) http.Handler, change func(*conform.Config)) *conform.Provider {
	t.Helper()
	at := listen(t)
	origin := "http://" + at.Addr().String()
	config := conform.Config{
		Page: origin + "/details", ClientID: clientID, ClientSecret: clientSecret,
		LogoutURL: origin + "/auth/backchannel-logout", ActivityURL: origin + "/auth/activity", SignOutURL: origin + "/auth/logout",
		Idle: 6 * time.Second, Lifetime: 6 * time.Second, Grace: 2 * time.Second, Report: 2 * time.Second,
	}
	if change != nil {
		change(&config)
	}
	provider, stop, err := conform.New(t.Context(), listen(t), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	server := &http.Server{Handler: app(setting{issuer: provider.Issuer(), origin: origin}), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(at) }()
	t.Cleanup(func() { _ = server.Close() })
	return provider
}

// examine starts an app and returns what the checks say of it, by name.
func examine(t *testing.T, app func(setting) http.Handler, change func(*conform.Config)) map[string]conform.Result {
	t.Helper()
	provider := start(t, app, change)
	waiting, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := provider.Await(waiting); err != nil {
		t.Fatal(err)
	}
	results, err := provider.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]conform.Result{}
	for _, r := range results {
		byName[r.Check] = r
	}
	if len(byName) != len(results) {
		t.Fatal("two checks have the same name")
	}
	return byName
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// The stand-in app, which is package rp and a page, keeps the contract in every point, whatever it is registered to be signed with.
func TestTimesheetsKeepsTheContract(t *testing.T) {
	for _, alg := range conform.Algorithms() {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			keepsTheContract(t, alg)
		})
	}
}

func keepsTheContract(t *testing.T, alg string) {
	t.Helper()
	results := examine(t, func(s setting) http.Handler {
		app, err := timesheets.New(timesheets.Config{Name: "Cloud Timesheets", Logger: quiet(), Signin: rp.Config{
			Issuer: s.issuer, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: s.origin + "/auth/callback", PostLogoutURL: s.origin + "/",
		}})
		if err != nil {
			t.Fatal(err)
		}
		return app.Handler()
	}, func(c *conform.Config) { c.IDTokenAlg = alg })
	for name, r := range results {
		if r.State != conform.OK {
			t.Errorf("%s: %s: %s", name, r.State, r.Seen)
		}
	}
	if len(results) < 30 {
		t.Errorf("only %d checks", len(results))
	}
}

// ID tokens and logout tokens are signed with the algorithm asked for: to an app that takes only the other one nobody signs in.
func TestTokensAreSignedAsAskedFor(t *testing.T) {
	t.Parallel()
	only := func(alg string) func(setting) http.Handler {
		return func(s setting) http.Handler {
			s.algs = []string{alg}
			return newApp(t, s, nil)
		}
	}
	for _, alg := range []string{"RS256", "ES256"} {
		results := examine(t, only(alg), func(c *conform.Config) { c.IDTokenAlg, c.OnlySpec = alg, true })
		compare(t, results, nil)
		if r := results["logout: one session"]; r.State != conform.OK {
			t.Errorf("%s: %+v", alg, r)
		}
	}
	if err := start(t, only("ES256"), nil).Prove(t.Context()); err == nil { // RS256 is what an app has that asks for none
		t.Error("signed with ES256 unasked")
	}
	if _, _, err := conform.New(t.Context(), listen(t), conform.Config{Page: "http://127.0.0.1/", IDTokenAlg: "PS256"}); err == nil {
		t.Error("PS256")
	}
}

// An app that follows the specifications and leaves out what only our contract asks is not called broken by them, and one that
// breaks a specification is.
func TestTheContractIsToldFromTheSpecifications(t *testing.T) {
	t.Parallel()
	stock := map[fault]bool{
		"no nonce": true, "iss when it is there": true, "any iss": true, "pages may be stored": true, "never reports": true, "ignores the idle limit": true,
		"ignores the lifetime": true, "deaf to refused renewals": true, "renews twice": true, "no logout": true, "home after the sign-in": true,
	}
	results := examine(t, func(s setting) http.Handler { return newApp(t, s, stock) }, nil)
	spec := 0
	for _, r := range results {
		if r.Spec != "" && r.State == conform.OK {
			spec++
		}
		if r.Spec != "" && r.State == conform.Wrong {
			t.Errorf("%s (%s): %s", r.Check, r.Spec, r.Seen)
		}
	}
	if spec < 5 || results["ends: idle"].State != conform.Wrong {
		t.Errorf("%d checks of the specifications are right", spec)
	}
	few := examine(t, func(s setting) http.Handler { return newApp(t, s, map[fault]bool{"any nonce": true}) }, func(c *conform.Config) { c.OnlySpec = true })
	compare(t, few, []string{"answers: nonce", "answers: no nonce"})
	for _, r := range few {
		if r.Spec == "" {
			t.Errorf("%s is of our contract", r.Check)
		}
	}
}

func TestAnOpenPageIsNoPageToCheck(t *testing.T) {
	t.Parallel()
	at := listen(t)
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	go func() { _ = server.Serve(at) }()
	t.Cleanup(func() { _ = server.Close() })
	provider, stop, err := conform.New(t.Context(), listen(t), conform.Config{Page: "http://" + at.Addr().String() + "/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	waiting, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = provider.Await(waiting)
	if err == nil || !strings.Contains(err.Error(), "not signed in") {
		t.Fatalf("%v", err)
	}
}

// An app in development has a certificate that no authority has issued; its cookies must be Secure all the same.
func TestAnAppOnHTTPS(t *testing.T) {
	t.Parallel()
	for _, accept := range []bool{true, false} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		origin := "https://" + server.Listener.Addr().String()
		provider, stop, err := conform.New(t.Context(), listen(t), conform.Config{Page: origin + "/details", ClientID: clientID, ClientSecret: clientSecret, AnyCertificate: accept})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		server.Config.Handler = newApp(t, setting{issuer: provider.Issuer(), origin: origin}, nil)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.StartTLS()
		t.Cleanup(server.Close)
		patience := 100 * time.Millisecond
		if accept {
			patience = time.Minute
		}
		waiting, cancel := context.WithTimeout(t.Context(), patience)
		err = provider.Await(waiting)
		cancel()
		if (err == nil) != accept {
			t.Errorf("any certificate %v: %v", accept, err)
		}
	}
}
