package faulttest

import (
	"os/exec"
	"path/filepath"
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
		{name: "keys-kms", what: "the key of AWS KMS that encrypts the seal keys is rotated inside KMS, and then replaced by another one, node by node", start: underKMS, set: plainRow(wrapAnew)},
		{name: "keys-leaked", what: "a key that signs has leaked, and is retired", abuse: "ABUSE 15", set: plainRow(leaked)},
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
	said, status := s.tell(arguments...)
	if status != 0 {
		s.t.Fatalf("apsid %v: %d: %s", arguments[:2], status, said)
	}
	return said
}

// tell runs the program's command line, and returns what it prints and its exit status.
func (s *scene) tell(arguments ...string) (said string, status int) {
	s.t.Helper()
	if s.program == "" {
		if p, is := s.nodes[0].(*process); is {
			s.program = p.program
		} else {
			s.program = build(s.t, filepath.Join("..", ".."))
		}
	}
	cmd := exec.Command(s.program, arguments...)
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		s.t.Fatalf("apsid %v: %v", arguments[:2], err)
	}
	return string(output), cmd.ProcessState.ExitCode()
}
