package faulttest

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/store/redisstore"
)

var update = flag.Bool("update", false, "play every row on apsid serve, and write deploy/docs/faults.md")

// allVariable has the test play every row on `apsid serve` itself, as -update does, and write nothing.
const allVariable = "APSID_TEST_EVERY_FAULT"

// How long recovery may take: the promise, and what a machine that is busy with other tests is allowed.
const (
	promise  = 5 * time.Second
	generous = 20 * time.Second
)

// rows are the rows of the table, in its order.
func rows() []row {
	return slices.Concat(redisRows(), postgresRows(), nodeRows(), keyRows(), restoreRows(), crowdRows(), http2Rows(), messageRows())
}

func TestFaults(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	slog.SetDefault(quiet)
	redisstore.LogTo(quiet)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	start, limit, all := serveInside(0), generous, *update || os.Getenv(allVariable) != ""
	if all {
		start, limit = serveBy(build(t, filepath.Join("..", ".."))), promise
	}
	lines := map[string]string{}
	for _, r := range rows() {
		if !all && !r.quick {
			continue
		}
		var l *line
		played := false
		held := t.Run(r.name, func(t *testing.T) {
			played = true
			l = r.play(t, start, limit)
		})
		if played {
			lines[r.name] = r.said(l, held)
		}
	}
	if *update {
		write(t, lines)
	}
}

// write writes the page. Of rows that were not played, because -run chose others, it says what it said before.
func write(t *testing.T, lines map[string]string) {
	before, err := os.ReadFile(page)
	fatal(t, err)
	var text strings.Builder
	fmt.Fprintf(&text, preface, runtime.NumCPU())
	text.WriteString("| row | what is done | tried | completed | refused | cut off | broken | doubled | lost | seconds |\n")
	text.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range rows() {
		said, found := lines[r.name]
		for old := range strings.Lines(string(before)) {
			if !found && strings.HasPrefix(old, "| "+r.name+" | ") {
				said, found = strings.TrimSuffix(old, "\n"), true
			}
		}
		if !found {
			t.Fatalf("%s was never played: the page is left as it is", r.name)
		}
		text.WriteString(said + "\n")
	}
	fatal(t, os.WriteFile(page, []byte(text.String()), 0o644))
}

const page = "../../deploy/docs/faults.md"

const preface = `# What faults cost

Each row is done to three nodes of ` + "`apsid serve`" + ` under load, by ` + "`make fault`" + `, which wrote this page. Five people at a time sign in with a
password, or with a code of their authenticator app or of a text message beside it, and an app redeems their codes, refreshes, asks
userinfo and introspection, reports activity, and signs every second of them out; an integration gets tokens meanwhile. A load balancer
gives each request to the next node whose ` + "`/readyz`" + ` says 200, or to any when none says so, and never tries again. Everything runs on one machine, over loopback, which had
%d processors when this page was written: the counts say what share of requests a fault costs, and not how many a node can answer.

- *Refused*: a page or an OAuth error of ours that says to try again.
- *Cut off*: the request was at a node when the row killed it. Other rows have none.
- *Broken*: anything else, like a reset connection, a 500, or a token that does not verify. *Doubled*: a code, refresh token or text used or
  sent twice. *Lost*: a session, event or log-out that was acknowledged and is not there, or an app that was not told. All must be 0.
- *Seconds*: from the end of the cause until the last request began that did not complete. At most 5.
- **Not held** stands at a row whose last run failed.

`
