package testenv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// NewStandby makes a hot standby of a cluster that runs, and returns once it serves reads. From then on the primary acknowledges a
// commit when the standby has it too, so that a promotion loses nothing that was acknowledged.
func (c *Cluster) NewStandby(t testing.TB) *Cluster {
	t.Helper()
	s := newCluster(t)
	output, err := s.command("pg_basebackup", "--dbname="+c.URL(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("testenv: pg_basebackup: %v: %s", err, output)
	}
	s.Start()
	c.Exec("ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.Exec("SELECT pg_reload_conf()")
	s.await("the primary waits for the standby", func(ctx context.Context) error {
		return c.asks(ctx, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", 1)
	})
	return s
}

// Promote makes a primary of a standby, and returns once it takes writes.
func (c *Cluster) Promote() {
	c.t.Helper()
	c.Exec("SELECT pg_promote(true)")
	c.await("the promoted standby takes writes", func(ctx context.Context) error {
		return c.asks(ctx, "SELECT count(*) WHERE NOT pg_is_in_recovery()", 1)
	})
}

// Exec runs one statement as the owner of everything.
func (c *Cluster) Exec(statement string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL())
	c.must(err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	c.must(err)
}

// Freeze stops every process of the server where it is, as a machine that hangs does: connections stay open, and nothing answers.
func (c *Cluster) Freeze() { c.signalAll(syscall.SIGSTOP) }

// Thaw lets them go on.
func (c *Cluster) Thaw() { c.signalAll(syscall.SIGCONT) }

// signalAll signals the server and its processes, which are in sessions of their own.
func (c *Cluster) signalAll(with syscall.Signal) {
	c.t.Helper()
	server := c.running.Process.Pid
	c.must(syscall.Kill(server, with))
	for _, child := range children(server) {
		_ = syscall.Kill(child, with) // a backend may have ended just now
	}
}

// children lists the processes whose parent it is, as proc(5) has them.
func children(of int) (found []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ") // the name of the program, in brackets, may hold spaces
		fields := strings.Fields(rest)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(of) {
			found = append(found, pid)
		}
	}
	return found
}

// asks is nil if the answer is the wanted number.
func (c *Cluster) asks(ctx context.Context, query string, want int) error {
	conn, err := pgx.Connect(ctx, c.URL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var got int
	if err := conn.QueryRow(ctx, query).Scan(&got); err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%d, not %d", got, want)
	}
	return nil
}

func (c *Cluster) await(what string, holds func(context.Context) error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := holds(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			c.t.Fatalf("testenv: in vain: %s: %v", what, err)
		}
		<-again.C
	}
}
