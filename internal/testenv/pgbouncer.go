package testenv

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// PgBouncer starts a PgBouncer of the test's own in front of the Postgres that tests share, in transaction mode and with its own
// defaults but for the settings, and returns what turns the URL of a database there into the one through it. The program pgbouncer must be on this
// machine.
func PgBouncer(t testing.TB, settings ...string) (through func(address string) string) {
	t.Helper()
	admin, err := url.Parse(variable(t, DatabaseVariable))
	if err != nil {
		t.Fatalf("testenv: %s is not a URL", DatabaseVariable) // the cause would print the password
	}
	dir, err := os.MkdirTemp("", "apsid-pgbouncer-") // not t.TempDir, whose folders its user may not enter
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := FreePort(t)
	password, _ := admin.User.Password()
	write(t, filepath.Join(dir, "users"), fmt.Sprintf("%q %q\n%q %q\n", admin.User.Username(), password, servingRole, servingPassword))
	write(t, filepath.Join(dir, "ini"), fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = transaction
server_idle_timeout = 1
%s
`, admin.Hostname(), admin.Port(), port, filepath.Join(dir, "users"), strings.Join(settings, "\n")))
	var arguments []string
	if os.Geteuid() == 0 { // as which it refuses to run
		arguments = []string{"-u", "postgres"}
		account, err := user.Lookup("postgres")
		if err != nil {
			t.Fatalf("testenv: %v", err)
		}
		uid, err := strconv.Atoi(account.Uid)
		if err != nil {
			t.Fatalf("testenv: %v", err)
		}
		for _, path := range []string{dir, filepath.Join(dir, "users"), filepath.Join(dir, "ini")} {
			if err := os.Chown(path, uid, -1); err != nil {
				t.Fatalf("testenv: %v", err)
			}
		}
	}
	serve(t, port, exec.Command("pgbouncer", append(arguments, filepath.Join(dir, "ini"))...))
	return func(address string) string {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal("testenv: not a URL") // the cause would print the password
		}
		parsed.Host = "127.0.0.1:" + port
		return parsed.String()
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatalf("testenv: %v", err)
	}
}

// serve starts a server that listens on the port of this machine, waits until it does, and kills it when the test ends.
func serve(t testing.TB, port string, server *exec.Cmd) {
	t.Helper()
	if err := server.Start(); err != nil {
		t.Fatalf("testenv: %s: %v", filepath.Base(server.Path), err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it says that it was killed
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("testenv: %s does not serve: %v", filepath.Base(server.Path), err)
		}
		<-again.C
	}
}
