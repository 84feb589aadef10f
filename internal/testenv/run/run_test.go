package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

func TestTheCommandsExitCodeIsOurs(t *testing.T) {
	for command, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -TERM $$": 1} {
		code, _ := run([]string{"race"}, []string{"sh", "-c", command})
		if code != want {
			t.Errorf("%s: exit code %d, not %d", command, code, want)
		}
	}
}

func TestWhatWasStartedIsNamedAndStopped(t *testing.T) {
	t.Setenv(testenv.RedisVariable, "")
	seen := filepath.Join(t.TempDir(), "url")
	code, err := run([]string{"redis"}, []string{"sh", "-c", `echo "$` + testenv.RedisVariable + `" >` + seen})
	if code != 0 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	url, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(string(url)), "redis://")
	if !ok {
		t.Fatalf("the command saw %q", url)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err == nil {
		_ = conn.Close()
		t.Fatalf("Redis still answers at %s", address)
	}
}

func TestADurableDatabaseWaitsForTheDisk(t *testing.T) {
	t.Setenv(testenv.DurableVariable, "")
	seen := filepath.Join(t.TempDir(), "settings")
	code, err := run([]string{"durable"}, []string{"sh", "-c", `for s in fsync synchronous_commit full_page_writes autovacuum
		do psql -At "$` + testenv.DurableVariable + `" -c "SHOW $s" -c "SHOW data_directory"; done >` + seen})
	if code != 0 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(text))
	if len(lines) != 8 {
		t.Fatalf("seen: %q", lines)
	}
	for i := 0; i < len(lines); i += 2 {
		if lines[i] != "on" || !strings.HasPrefix(lines[i+1], diskFolder) {
			t.Errorf("a setting is %s, in %s", lines[i], lines[i+1])
		}
	}
	if _, err := os.Stat(lines[1]); err == nil {
		t.Errorf("%s is left", lines[1])
	}
}

func TestWhatIsGivenIsUsedAsItIs(t *testing.T) {
	t.Setenv(testenv.RedisVariable, "redis://elsewhere:1")
	code, err := run([]string{"redis"}, []string{"sh", "-c", `test "$` + testenv.RedisVariable + `" = redis://elsewhere:1`})
	if code != 0 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
}

func TestAMistakeIsNamed(t *testing.T) {
	for name, arguments := range map[string]struct{ need, command []string }{
		"no command":      {[]string{"redis"}, nil},
		"an unknown need": {[]string{"oracle"}, []string{"true"}},
	} {
		code, err := run(arguments.need, arguments.command)
		if code != 2 || err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: exit code %d, %v", name, code, err)
		}
	}
}
