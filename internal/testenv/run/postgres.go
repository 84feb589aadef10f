package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// startPostgres makes a cluster whose data need not outlive the run, in the environment's folder.
func startPostgres(ctx context.Context, e *environment) (string, error) {
	return startCluster(ctx, e, e.dir, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "shared_buffers=32MB", "-c", "max_connections=400", "-c", "autovacuum=off", "-c", "max_wal_size=256MB")
}

// diskFolder is on a disk wherever the system's temporary files may be in memory (Filesystem Hierarchy Standard 3.0, section 5.15).
const diskFolder = "/var/tmp"

// startDurable makes a cluster as an installation has it: it waits for the disk at each commit, and cleans up behind itself. It counts
// its statements where the distribution has what counts them.
func startDurable(ctx context.Context, e *environment) (string, error) {
	dir, err := e.folder(diskFolder)
	if err != nil {
		return "", err
	}
	settings := []string{"-c", "shared_buffers=256MB", "-c", "max_connections=200"}
	postgres, err := find("postgres")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(postgres), "../lib/pg_stat_statements.so")); err == nil {
		settings = append(settings, "-c", "shared_preload_libraries=pg_stat_statements")
	}
	return startCluster(ctx, e, dir, settings...)
}

// startCluster makes a cluster of its own in a folder: a server that runs on port 5432 already is not ours to use.
func startCluster(ctx context.Context, e *environment, folder string, settings ...string) (string, error) {
	dir := filepath.Join(folder, "postgres")
	as, err := postgresOwner(dir)
	if err != nil {
		return "", err
	}
	err = initialise(ctx, dir, as)
	if err != nil {
		return "", err
	}
	path, err := find("postgres")
	if err != nil {
		return "", err
	}
	port, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	cmd := exec.Command(path, append([]string{"-D", dir, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="}, settings...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.Dir = dir
	address := "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
	err = e.start(ctx, cmd, syscall.SIGQUIT, connects(address))
	return address, err
}

// initialise creates the cluster. It trusts every client that reaches its loopback port: there is nothing in it but test data.
func initialise(ctx context.Context, dir string, as *syscall.Credential) error {
	path, err := find("initdb")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "-D", dir, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	return nil
}

// postgresOwner creates dir for the user that Postgres runs as: us, or "postgres" when we are root, whom it refuses.
func postgresOwner(dir string) (*syscall.Credential, error) {
	err := os.Mkdir(dir, 0o700)
	if err != nil || os.Geteuid() != 0 {
		return nil, err
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, int(uid), int(gid))
}

// connects is ready once Postgres serves: it listens some time before that.
func connects(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
}
