package testenv

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Cluster is a Postgres server of a test's own, which may be killed: all tests share that of Postgres. It keeps what it has
// committed, as a server in production does.
type Cluster struct {
	t       testing.TB
	bin     string
	dir     string
	port    string
	as      *syscall.Credential
	running *exec.Cmd
}

// NewCluster makes a cluster with the programs of the server that Postgres uses, which must be on this machine, and starts it.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	c := newCluster(t)
	c.initialise()
	c.Start()
	return c
}

// newCluster has a folder and a port, and no data yet.
func newCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t, bin: programs(t), port: FreePort(t)}
	var err error
	c.dir, err = os.MkdirTemp("", "apsid-cluster-")
	c.must(err)
	t.Cleanup(func() {
		c.Kill()
		c.must(os.RemoveAll(c.dir))
	})
	c.as = c.owner()
	return c
}

// URL is that of its only database.
func (c *Cluster) URL() string {
	return "postgres://postgres@127.0.0.1:" + c.port + "/postgres?sslmode=disable"
}

// Start starts it and waits until it serves.
func (c *Cluster) Start() {
	c.t.Helper()
	c.running = c.command("postgres", "-p", c.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "shared_buffers=16MB", "-c", "max_connections=300")
	c.must(c.running.Start())
	c.await("the cluster serves", func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, c.URL())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// Kill ends it at once, as a crash does: without a word to its clients, and without a checkpoint.
func (c *Cluster) Kill() {
	c.t.Helper()
	if c.running == nil {
		return
	}
	c.Thaw()                                          // what is frozen takes no signal
	c.must(c.running.Process.Signal(syscall.SIGQUIT)) // its processes with it, which SIGKILL would leave behind
	_ = c.running.Wait()                              // it says that it was killed
	c.running = nil
}

func (c *Cluster) initialise() {
	c.t.Helper()
	output, err := c.command("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C").CombinedOutput()
	if err != nil {
		c.t.Fatalf("testenv: initdb: %v: %s", err, output)
	}
}

func (c *Cluster) command(program string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, program), append([]string{"-D", filepath.Join(c.dir, "data")}, arguments...)...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	return cmd
}

// owner gives the folder to the user that Postgres runs as: us, or "postgres" when we are root, whom it refuses.
func (c *Cluster) owner() *syscall.Credential {
	c.t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	c.must(err)
	uid, err := strconv.Atoi(account.Uid)
	c.must(err)
	gid, err := strconv.Atoi(account.Gid)
	c.must(err)
	c.must(os.Chown(c.dir, uid, gid))
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// programs asks the server that tests share where its own are.
func programs(t testing.TB) (folder string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, variable(t, DatabaseVariable))
	if err == nil {
		defer func() { _ = conn.Close(ctx) }()
		err = conn.QueryRow(ctx, "SELECT setting FROM pg_config WHERE name = 'BINDIR'").Scan(&folder)
	}
	if err != nil {
		t.Fatalf("testenv: where the programs of Postgres are: %v", err)
	}
	return folder
}

// Address is its host:port.
func (c *Cluster) Address() string { return "127.0.0.1:" + c.port }

// FreePort returns a port of this machine that was free a moment ago.
func FreePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	return port
}

func (c *Cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("testenv: %v", err)
	}
}
