package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"apsid": main})
}

// TestScripts runs the program as people do: the scripts are in testdata.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "waitfor": waitFor, "rotate": rotate, "ask": ask},
	})
}

// exits CODE COMMAND… runs the command and holds its exit code; stdout and stderr look at what it said.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// waitFor FILE waits until a program in the background has written the file, which took half a minute beside all other tests.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: waitfor FILE")
	}
	const patience, step = 2 * time.Minute, 20 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < patience; <-tick.C {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("no %s after %s", args[0], patience)
}

// ask FILE PATH [FORM] asks the provider that the file of a demo names: a POST of the form, if one is given.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: ask FILE PATH [FORM]")
	}
	var manifest struct{ Issuer string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &manifest))
	method, form := http.MethodGet, ""
	if len(args) == 3 {
		method, form = http.MethodPost, args[2]
	}
	request, err := http.NewRequestWithContext(context.Background(), method, manifest.Issuer+args[1], strings.NewReader(form))
	ts.Check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{Timeout: 30 * time.Second}
	response, err := client.Do(request)
	ts.Check(err)
	ts.Check(response.Body.Close())
}
