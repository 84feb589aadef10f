package faulttest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// gaugeVariable names the token endpoint and the form to post to it; with it, the tests are the process of a gauge.
const gaugeVariable = "APSID_TEST_GAUGE"

// gauge is a process of its own that gets tokens for an integration, one after another, and tells how long each took: in the process
// that makes a storm, an answer would wait for a processor behind the five hundred who make it.
type gauge struct {
	t    testing.TB
	cmd  *exec.Cmd
	quit io.Closer
	took chan []measured
}

// measured is one token: when it was asked for, and how long it took.
type measured struct {
	began time.Time
	took  time.Duration
}

// TestMain runs the tests, or is the process of a gauge.
func TestMain(m *testing.M) {
	endpoint, form, found := strings.Cut(os.Getenv(gaugeVariable), " ")
	if !found {
		os.Exit(m.Run())
	}
	if err := measure(endpoint, form); err != nil {
		fmt.Fprintln(os.Stderr, "gauge:", err)
		os.Exit(1)
	}
}

// measure gets tokens until the standard input ends.
func measure(endpoint, form string) error {
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	for {
		began := time.Now()
		response, err := http.Post(endpoint, "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		fmt.Printf(gaugeLine+"\n", began.UnixMicro(), time.Since(began).Microseconds())
		select {
		case <-ended:
			return nil
		case <-time.After(gaugeEvery):
		}
	}
}

const (
	gaugeEvery = 20 * time.Millisecond
	gaugeLine  = "took %d %d" // microseconds: since 1970 when it was asked for, and until it was there
)

// gauge starts one that asks a node, and waits for its first token.
func (w *world) gauge(at node) *gauge {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {w.machine.id}, "client_secret": {w.machine.secret}}
	g := &gauge{t: w.t, cmd: exec.Command(os.Args[0]), took: make(chan []measured, 1)}
	endpoint, err := url.Parse(w.endpoint("token_endpoint"))
	fatal(w.t, err)
	endpoint.Host = at.address()
	g.cmd.Stderr = os.Stderr
	g.cmd.Env = append(os.Environ(), gaugeVariable+"="+endpoint.String()+" "+form.Encode())
	g.quit, err = g.cmd.StdinPipe()
	fatal(w.t, err)
	out, err := g.cmd.StdoutPipe()
	fatal(w.t, err)
	fatal(w.t, g.cmd.Start())
	w.t.Cleanup(func() { _ = g.cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		w.t.Fatal("the gauge got no token")
	}
	go func() { g.took <- readMeasured(lines) }()
	return g
}

// readMeasured reads what the process of a gauge goes on to print, to its end.
func readMeasured(lines *bufio.Scanner) (all []measured) {
	for lines.Scan() {
		var began, took int64
		if n, _ := fmt.Sscanf(lines.Text(), gaugeLine, &began, &took); n == 2 {
			all = append(all, measured{began: time.UnixMicro(began), took: time.Duration(took) * time.Microsecond})
		}
	}
	return all
}

// end ends the process, and returns what it measured.
func (g *gauge) end() []measured {
	g.t.Helper()
	fatal(g.t, g.quit.Close())
	took := <-g.took
	fatal(g.t, g.cmd.Wait())
	return took
}

// slowestOf is how long the slowest hundredth of what began from a moment to another took at least; something must have.
func slowestOf(all []measured, from, to time.Time) time.Duration {
	var took []time.Duration
	for _, m := range all {
		if !m.began.Before(from) && m.began.Before(to) {
			took = append(took, m.took)
		}
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}
