package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// environment is what was started and the variables that name it.
type environment struct {
	dir string // for data of the servers; removed at the end, as the other folders are

	mu        sync.Mutex
	variables map[string]string
	servers   []*server
	folders   []string
}

// server is a process that we started, in a group of its own so that Ctrl-C ends the tests before it.
type server struct {
	cmd  *exec.Cmd
	done chan struct{} // closed once it has ended
	stop syscall.Signal
	log  string
}

func newEnvironment() (*environment, error) {
	env := &environment{variables: map[string]string{}}
	dir, err := env.folder(scratch())
	if err != nil {
		return nil, err
	}
	env.dir = dir
	return env, env.useScratch()
}

// folder makes one more folder, which is removed at the end.
func (e *environment) folder(in string) (string, error) {
	dir, err := os.MkdirTemp(in, "apsid-test-")
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.folders = append(e.folders, dir)
	return dir, os.Chmod(dir, 0o711) // Postgres runs as another user and has to reach its own folder in here
}

func (e *environment) given(variable string) bool { return variable != "" && os.Getenv(variable) != "" }

func (e *environment) set(variable, value string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.variables[variable] = value
}

func (e *environment) environ() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	environ := os.Environ()
	for name, value := range e.variables {
		environ = append(environ, name+"="+value)
	}
	return environ
}

// Close stops every server and removes what they wrote.
func (e *environment) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var failed error
	for _, s := range e.servers {
		failed = errors.Join(failed, s.end())
	}
	for _, dir := range e.folders {
		failed = errors.Join(failed, os.RemoveAll(dir))
	}
	return failed
}

// start runs cmd as a server until the environment is closed, and waits until ready says so. Its output goes to a file, the
// end of which is part of the error if it does not come up.
func (e *environment) start(ctx context.Context, cmd *exec.Cmd, stop syscall.Signal, ready func(context.Context) error) error {
	logFile, err := os.CreateTemp(e.dir, filepath.Base(cmd.Path)+"-*.log")
	if err != nil {
		return err
	}
	defer func() { _ = logFile.Close() }()
	cmd.Stdout, cmd.Stderr = logFile, logFile
	dieWithParent(cmd, stop)
	err = cmd.Start()
	if err != nil {
		return err
	}
	s := &server{cmd: cmd, done: make(chan struct{}), stop: stop, log: logFile.Name()}
	go func() { _ = cmd.Wait(); close(s.done) }() // how it ended is in its log
	e.mu.Lock()
	e.servers = append(e.servers, s)
	e.mu.Unlock()
	return s.await(ctx, ready)
}

func (s *server) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("%s ended: %s", s.cmd.Path, s.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w: %s", s.cmd.Path, err, s.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end asks the server to stop and insists after a while.
func (s *server) end() error {
	_ = s.cmd.Process.Signal(s.stop) // it may have ended by itself
	select {
	case <-s.done:
		return nil
	case <-time.After(10 * time.Second):
		err := s.cmd.Process.Kill()
		<-s.done
		return err
	}
}

func (s *server) tail() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
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

// accepts is ready once something listens on the port.
func accepts(port string) func(context.Context) error {
	return func(ctx context.Context) error {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
