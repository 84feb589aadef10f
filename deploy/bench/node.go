package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed world.yaml
var worldFile string

const (
	secret   = "bench-secret-0123456789abcdef0123456789abcdef"
	password = "correct-horse-harbour-1"
)

// node is a running node, and the command line that provisions it.
type node struct {
	program, server string // the command line, and what serves: the same, unless profiles are taken
	profiles        string // address for profiles, host:port
	dir             string
	database, redis string // addresses
	base            string // of the node
	process         *exec.Cmd
	ended           chan error
}

// provision makes all that is measured by the commands that an operator has.
func (n *node) provision(ctx context.Context, hash string, people int) error {
	list := "username,name,password_hash\n"
	for i := range people {
		list += fmt.Sprintf("worker%d@bench.example,Worker %d,\"%s\"\n", i, i, hash)
	}
	world := strings.ReplaceAll(worldFile, "${BENCH_REVIEW}", time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	for name, text := range map[string]string{"people.csv": list, "world.yaml": world} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	for _, command := range [][]string{
		{"keys", "seal", "new"}, {"migrate", "up"}, {"apply", "-f", n.file("world.yaml")},
		{"import", "users", n.file("people.csv"), "--practice", "prc_bench"},
	} {
		if err := n.run(ctx, command...); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) file(name string) string { return filepath.Join(n.dir, name) }

// run carries out one command of apsid on the server itself.
func (n *node) run(ctx context.Context, command ...string) error {
	cmd := n.command(ctx, n.program, command...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("apsid %s: %w: %s", strings.Join(command, " "), err, output)
	}
	return nil
}

func (n *node) command(ctx context.Context, program string, command ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, command...)
	cmd.Env = append(os.Environ(), "BENCH_SECRET="+secret, "APSID_DATABASE_URL="+n.database, "APSID_REDIS_URL="+n.redis,
		"APSID_SEAL_KEYS="+n.file("seal-keys.json"), "APSID_STATE_DIR="+n.dir, "APSID_ISSUER="+n.base)
	return cmd
}

// serve starts the node with the settings of production, but for what a machine without a network needs: sign-ins all come from one
// address, messages go nowhere, and apps are on loopback.
func (n *node) serve(ctx context.Context, listen string) error {
	logged := n.file("node-" + strings.ReplaceAll(listen, ":", "-") + ".log")
	log, err := os.Create(logged)
	if err != nil {
		return err
	}
	n.process = n.command(context.WithoutCancel(ctx), n.server, "serve", "--listen", listen, "--metrics-listen", "127.0.0.1:0", "--sms", "inbox",
		"--limit", "signins-by-network=1000000/1h", "--backchannel-allow-loopback", "--shutdown-pause", "0s")
	if n.profiles != "" {
		n.process.Env = append(n.process.Env, "APSID_PROFILES="+n.profiles)
	}
	n.process.Stdout, n.process.Stderr = log, log
	if err := n.process.Start(); err != nil {
		return err
	}
	n.ended = make(chan error, 1)
	go func() { n.ended <- n.process.Wait() }()
	for {
		if ready(ctx, "http://"+listen) {
			return nil
		}
		select {
		case err := <-n.ended:
			n.ended <- err
			return fmt.Errorf("the node ended: %w: %s", err, tail(logged))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), n.end())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func ready(ctx context.Context, base string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// end stops the node and waits for it.
func (n *node) end() error {
	if err := n.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return <-n.ended
}

func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-1000):])
}

// freePort returns a loopback port that was free a moment ago.
func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}
