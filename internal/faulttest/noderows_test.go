package faulttest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// nodeRows harm nodes.
func nodeRows() []row {
	return []row{
		{name: "node-sigterm", what: "a node is told to end (SIGTERM), and started again", quick: true, set: plainRow(func(s *scene) {
			s.nodes[0].terminate()
			s.nodes[0].start()
			s.ends()
			s.goesOn(kinds()...)
		})},
		{name: "node-rolling", what: "all nodes are restarted, one after another", set: plainRow(func(s *scene) {
			s.roll()
			s.ends()
			s.goesOn(kinds()...)
		})},
		{name: "node-killed", what: "a node is killed (SIGKILL), and started again after a second", abuse: "ABUSE 45", kills: true, set: plainRow(func(s *scene) {
			n := s.nodes[0].(*process)
			n.kill()
			s.lasts(time.Second)
			n.start()
		})},
		{name: "node-killed-at-each-step", what: "a node is killed after each commit and before each command to Redis of a sign-in, and the person goes on at another node", abuse: "ABUSE 45", forgets: true, people: []idp.Kind{""}, set: eachStep},
		{name: "node-of-before", what: "a node of the program before the newest change of the schema works beside two new ones, and is replaced", abuse: "ABUSE 47", kills: true, start: previousFirst, set: plainRow(func(s *scene) {
			old := s.nodes[0].(*process)
			s.lasts(outage)
			old.terminate()
			old.program = s.nodes[1].(*process).program
			old.start()
		})},
		{name: "node-clocks", what: "the clock of one node is 45 s ahead, and that of another 45 s behind", abuse: "ABUSE 46", people: []idp.Kind{"", idp.KindSMS}, start: apart, set: plainRow(func(s *scene) {
			s.lasts(outage)
			s.ends()
			s.goesOn(kinds()...)
		})},
		{name: "node-clock-jumps", what: "the clock of a node jumps 3 minutes ahead, 6 minutes back, and is right again, 3 s apart", abuse: "ABUSE 46", forgets: true, people: []idp.Kind{"", idp.KindSMS}, start: own, set: plainRow(func(s *scene) {
			for _, by := range []time.Duration{3 * time.Minute, -6 * time.Minute, 3 * time.Minute} {
				s.nodes[0].(*inside).clock.Advance(by)
				s.lasts(3 * time.Second)
			}
		})},
		{name: "node-wrong-issuer", what: "a node with another issuer is started over the same stores", abuse: "ABUSE 55", set: plainRow(func(s *scene) {
			wrong := slices.Clone(s.arguments)
			wrong[slices.Index(wrong, "--issuer")+1] = "http://127.0.0.1:9"
			n := s.launch(s.t, wrong).(*process)
			if said, gaveUp := n.gaveUp(3 * time.Second); !gaveUp || strings.Count(said, "\n") != 1 {
				s.t.Errorf("the node with another issuer was not refused with one line: %q", said)
			}
			n.kill()
			s.ends()
			s.goesOn(kinds()...)
		})},
	}
}

// previousFirst starts the first node by the program as it was before the newest change of the schema.
func previousFirst(t testing.TB, start launch) launch {
	tree := t.TempDir()
	script := `git archive "$(git log -1 --format=%H -- internal/store/sqlstore/migrations)~1" | tar -x -C ` + tree
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = filepath.Join("..", "..")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the program of before needs the history of this repository: %v: %s", err, output)
	}
	return oneAfterAnother(serveBy(build(t, tree)), start)
}

// apart starts nodes whose clocks are 90 s apart.
func apart(testing.TB, launch) launch {
	return oneAfterAnother(serveInside(45*time.Second), serveInside(0), serveInside(-45*time.Second))
}

// own starts nodes which each have a clock of their own.
func own(testing.TB, launch) launch {
	return func(t testing.TB, arguments []string) node {
		t.Helper()
		return serveInside(0)(t, arguments)
	}
}

// oneAfterAnother starts each node in the next way, and the last ones in the last.
func oneAfterAnother(ways ...launch) launch {
	turn := 0
	return func(t testing.TB, arguments []string) node {
		start := ways[min(turn, len(ways)-1)]
		turn++
		return start(t, arguments)
	}
}

// plainRow is a row on stores that nothing harms.
func plainRow(do harm) func(testing.TB) (stores, harm) {
	return func(t testing.TB) (stores, harm) {
		return stores{database: testenv.Postgres(t), redis: testenv.Redis(t)}, do
	}
}
