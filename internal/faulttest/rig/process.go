package rig

import (
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of this package: a server that does not answer in this time is broken, not slow.
const patience = time.Minute

// Process is a server that is a single process.
type Process struct {
	t         testing.TB
	address   string
	arguments []string
	running   *exec.Cmd
}

// start starts a server by its command line, and ends it with the test.
func start(t testing.TB, address string, arguments ...string) *Process {
	t.Helper()
	p := &Process{t: t, address: address, arguments: arguments}
	p.Start()
	t.Cleanup(p.Kill)
	return p
}

// Address is its host:port.
func (p *Process) Address() string { return p.address }

// Start starts it again after Kill, at the same address. It does not wait until it serves.
func (p *Process) Start() {
	p.t.Helper()
	p.running = exec.Command(p.arguments[0], p.arguments[1:]...)
	if err := p.running.Start(); err != nil {
		p.t.Fatalf("rig: %v", err)
	}
}

// Kill is kill -9. It does nothing to a server that was killed already.
func (p *Process) Kill() {
	if p.running == nil {
		return
	}
	_ = p.running.Process.Kill()
	_ = p.running.Wait() // it says that it was killed
	p.running = nil
}

// Freeze stops it where it is, as a machine that hangs does: its connections stay open, and nothing answers.
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (p *Process) Thaw() { p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.running.Process.Signal(s); err != nil {
		p.t.Fatalf("rig: %s: %v", strings.Join(p.arguments[:1], " "), err)
	}
}

// Await waits until the condition holds, and fails the test if it does not.
func Await(t testing.TB, what string, holds func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := holds(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("rig: in vain: %s: %v", what, err)
		case <-again.C:
		}
	}
}
