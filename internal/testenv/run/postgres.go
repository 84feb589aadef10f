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

// startPostgres makes a cluster of its own in the environment's folder: a server that runs on port 5432 already is not ours to
// use.
func startPostgres(ctx context.Context, e *environment) (string, error) {
	dir := filepath.Join(e.dir, "postgres")
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
	cmd := exec.Command(path, "-D", dir, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", // nothing here outlives the run
		"-c", "shared_buffers=32MB", "-c", "max_connections=400", "-c", "autovacuum=off", "-c", "max_wal_size=256MB")
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
