package faulttest

import (
	"os/exec"
	"regexp"
	"slices"
	"time"
)

// keyRows change the keys under load, as the runbook says.
func keyRows() []row {
	return []row{
		{name: "keys-signing", what: "the keys that sign tokens are rotated", abuse: "ABUSE 15", set: plainRow(func(s *scene) {
			s.command("keys", "rotate", "--database-url", s.stores.direct, "--seal-keys", s.sealFile)
			s.lasts(outage)
			s.ends()
			s.goesOn(kinds()...)
		})},
		{name: "keys-seal", what: "the key that seals is rotated in two rounds, node by node, and what is stored is sealed again", set: plainRow(sealAnew)},
	}
}

var added = regexp.MustCompile(`key ([0-9]+) was added`)

// sealAnew rotates the seal key. All nodes read one file, and each is restarted after each round.
func sealAnew(s *scene) {
	places := []string{"--database-url", s.stores.direct, "--redis-url", s.stores.redis, "--seal-keys", s.sealFile}
	seal := func(arguments ...string) string {
		return s.command(slices.Concat([]string{"keys", "seal"}, arguments, places)...)
	}
	found := added.FindStringSubmatch(seal("add"))
	if found == nil {
		s.t.Fatal("no key was added")
	}
	s.roll()
	seal("promote", found[1])
	s.roll()
	seal("reseal")
	s.ends()
	s.goesOn(kinds()...)
}

// roll restarts all nodes, one after another.
func (s *scene) roll() {
	s.t.Helper()
	for _, n := range s.nodes {
		n.terminate()
		n.start()
		within(s.t, "it is ready again", time.Minute, func() bool { return isReady(n.address()) && s.balancer.serves() == len(s.nodes) })
	}
}

// command runs the program's command line, and returns what it prints.
func (s *scene) command(arguments ...string) string {
	s.t.Helper()
	output, err := exec.Command(s.nodes[0].(*process).program, arguments...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("apsid %v: %v: %s", arguments[:2], err, output)
	}
	return string(output)
}
