package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/timesheets"
	"github.com/apscloud/apsid/pkg/rp"
)

// An app that keeps the contract passes; where it does not, a line names the fault, and the exit code says whether a specification
// or only our contract is broken.
func TestConformAppJudgesARunningApp(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		code  int
		wrong string // how the only kind of line that begins with WRONG goes on; "": there is none
	}{
		"all is well":               {nil, 0, ""},
		"with ES256":                {[]string{"--id-token-alg", "ES256"}, 0, ""},
		"nobody takes the log-outs": {[]string{"--logout-url", "/nowhere"}, exitContract, "logout: taken [our contract]"},
		"another place takes them":  {[]string{"--logout-url", "/auth/activity"}, exitFailed, "logout: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, provider := listen(t), listen(t)
			issuer := provider.Addr().String()
			if err := provider.Close(); err != nil { // the command takes the address
				t.Fatal(err)
			}
			page := serveTimesheets(t, at, "http://"+issuer)
			flags := append([]string{"conform-app", page, "--listen", issuer, "--client-secret", "secret", "--idle", "6s", "--lifetime", "6s", "--grace", "2s"}, c.flags...)
			var out, errs bytes.Buffer
			if code := run(t.Context(), flags, &out, &errs); code != c.code {
				t.Fatalf("exit code %d: %s%s", code, &out, &errs)
			}
			judge(t, out.String(), c.wrong)
		})
	}
}

// Of an app that no one can sign in to nothing is said but why.
func TestConformAppStopsWhereNobodySignsIn(t *testing.T) {
	for name, c := range map[string]struct {
		callback, page int // how the app answers there; 0: as it should
		reason         string
	}{
		"it refuses every answer":   {http.StatusForbidden, 0, "no one can sign in: after the sign-in the app answers 403 at /auth/callback"},
		"it refuses them nicely":    {http.StatusOK, 0, "no one can sign in: "},
		"it answers 500 to anybody": {0, http.StatusInternalServerError, "the app is not ready: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, provider := listen(t), listen(t)
			issuer := provider.Addr().String()
			if err := provider.Close(); err != nil { // the command takes the address
				t.Fatal(err)
			}
			good := timesheetsAt(t, at, "http://"+issuer)
			serve(t, at, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case c.callback != 0 && r.URL.Path == "/auth/callback":
					w.WriteHeader(c.callback)
				case c.page != 0:
					w.WriteHeader(c.page)
				default:
					good.ServeHTTP(w, r)
				}
			}))
			var out, errs bytes.Buffer
			code := run(t.Context(), []string{"conform-app", "http://" + at.Addr().String() + "/details", "--listen", issuer, "--client-secret", "secret", "--wait", "2s"}, &out, &errs)
			if code != exitUnchecked || !strings.Contains(errs.String(), "nothing was checked: "+c.reason) {
				t.Errorf("exit code %d: %s", code, &errs)
			}
			if strings.Contains(out.String(), "ok     ") {
				t.Errorf("%s", &out)
			}
		})
	}
}

func judge(t *testing.T, out, wrong string) {
	t.Helper()
	fine, faults := 0, 0
	for line := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(line, "ok     "):
			fine++
		case wrong != "" && strings.HasPrefix(line, "WRONG  "+wrong) && (strings.Contains(line, "Our contract, beyond the specifications: ") || strings.Contains(line, "The specification: ")) && strings.Contains(line, "app-developers.md"):
			faults++
		case strings.HasPrefix(line, "WRONG"):
			t.Errorf("unexpected: %s", line)
		}
	}
	if fine < 20 || (faults > 0) != (wrong != "") {
		t.Errorf("%d lines say ok and %d wrong:\n%s", fine, faults, out)
	}
}

func serveTimesheets(t *testing.T, at net.Listener, issuer string) (page string) {
	t.Helper()
	serve(t, at, timesheetsAt(t, at, issuer))
	return "http://" + at.Addr().String() + "/details"
}

func timesheetsAt(t *testing.T, at net.Listener, issuer string) http.Handler {
	t.Helper()
	origin := "http://" + at.Addr().String()
	app, err := timesheets.New(timesheets.Config{Name: "Cloud Timesheets", Logger: slog.New(slog.DiscardHandler), Signin: rp.Config{
		Issuer: issuer, ClientID: "conform-app", ClientSecret: "secret", RedirectURL: origin + "/auth/callback", PostLogoutURL: origin + "/",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return app.Handler()
}

func serve(t *testing.T, at net.Listener, app http.Handler) {
	t.Helper()
	server := &http.Server{Handler: app, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(at) }()
	t.Cleanup(func() { _ = server.Close() })
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
