package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/testenv"
)

// One role owns the tables and migrates, another serves: what it lacks is said before it serves, with what mends it.
func TestOneRoleMigratesAndAnotherServes(t *testing.T) {
	t.Parallel()
	owner := testenv.Postgres(t)
	role, err := testenv.ServingRole(t.Context())
	fatal(t, err)
	p := newPlace(t, func(t *testing.T) (string, string) { return testenv.AsServing(t, owner), testenv.Redis(t) })
	as := func(url string, want int, arguments ...string) string {
		t.Helper()
		p.given.Stores.DatabaseURL = config.NewSecret(url)
		program := p.program(arguments...)
		text, err := program.CombinedOutput()
		if _, failed := err.(*exec.ExitError); err != nil && !failed {
			t.Fatal(err)
		}
		if code := program.ProcessState.ExitCode(); code != want {
			t.Errorf("apsid %q: exit code %d, want %d: %s", arguments, code, want, text)
		}
		return string(text)
	}
	serving := testenv.AsServing(t, owner)

	as(serving, 1, "migrate", "status")
	as(owner, 1, "migrate", "status")
	as(strings.Replace(owner, "apsid_test_", "no_apsid_test_", 1), 2, "migrate", "status")
	if text := as(owner, 0, "migrate", "up"); !strings.Contains(text, "applied apsid 1 ") {
		t.Errorf("looking had made tables: %s", text)
	}
	p.given.Stores.DatabaseURL = config.NewSecret(serving)
	node, words := p.starts(freeAddress(t), "--start-wait", "0s")
	if code := exitOf(t, node); code != 1 || strings.Count(words.String(), "\n") != 1 || !strings.Contains(words.String(), "apsid migrate up --grant-to "+role) {
		t.Errorf("without rights: exit code %d: %s", code, words)
	}
	if text := as(owner, 2, "migrate", "up", "--grant-to", "nobody-at-all"); !strings.Contains(text, `--grant-to: "nobody-at-all": there is no role`) {
		t.Errorf("an unknown role: %s", text)
	}
	as(owner, 0, "migrate", "up", "--grant-to", role)
	as(owner, 0, "migrate", "up", "--grant-to", role)
	as(serving, 0, "migrate", "status")
	as(serving, 0, "audit", "verify")
	p.stop(p.serve())
}
