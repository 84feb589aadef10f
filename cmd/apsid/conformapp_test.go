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

// An app that keeps the contract passes; where it does not, a line names the fault and the exit code is 1.
func TestConformAppJudgesARunningApp(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		code  int
		wrong string // how the only kind of line that begins with WRONG goes on; "": there is none
	}{
		"all is well":               {nil, 0, ""},
		"nobody takes the log-outs": {[]string{"--logout-url", "/nowhere"}, exitFailed, "logout: "},
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

func judge(t *testing.T, out, wrong string) {
	t.Helper()
	fine, faults := 0, 0
	for line := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(line, "ok     "):
			fine++
		case wrong != "" && strings.HasPrefix(line, "WRONG  "+wrong) && strings.Contains(line, "The contract: ") && strings.Contains(line, "app-developers.md"):
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
	origin := "http://" + at.Addr().String()
	app, err := timesheets.New(timesheets.Config{Name: "Cloud Timesheets", Logger: slog.New(slog.DiscardHandler), Signin: rp.Config{
		Issuer: issuer, ClientID: "conform-app", ClientSecret: "secret", RedirectURL: origin + "/auth/callback", PostLogoutURL: origin + "/",
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: app.Handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(at) }()
	t.Cleanup(func() { _ = server.Close() })
	return origin + "/details"
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
