package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"
)

func main() {
	need := flag.String("need", strings.Join(usualNeeds(), ","), "what the command needs")
	flag.Parse()
	code, err := run(strings.Split(*need, ","), flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
	}
	os.Exit(code)
}

// run returns the exit code: the command's, or 2 if the environment could not be prepared.
func run(need, command []string) (code int, err error) {
	if len(command) == 0 {
		return 2, errors.New("no command: say run [-need postgres,redis] -- COMMAND")
	}
	for _, name := range need {
		if !slices.Contains(allNeeds(), name) {
			return 2, fmt.Errorf("-need %s: allowed are %s", name, strings.Join(allNeeds(), ", "))
		}
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	env, err := newEnvironment()
	if err != nil {
		return 2, err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	err = prepare(env, need, signals)
	if err != nil {
		return 2, err
	}
	return env.exec(command, signals)
}

// prepare makes everything in need available, all at once, unless a signal comes first.
func prepare(env *environment, need []string, signals <-chan os.Signal) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- prepareAll(ctx, env, need) }()
	select {
	case err := <-done:
		return err
	case s := <-signals:
		cancel()
		<-done
		return fmt.Errorf("stopped by %v", s)
	}
}

func prepareAll(ctx context.Context, env *environment, need []string) error {
	wanted := slices.DeleteFunc(services(), func(s service) bool {
		return !slices.Contains(need, s.name) || env.given(s.variable)
	})
	err := install(ctx, wanted)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range wanted {
		if s.start == nil {
			continue
		}
		group.Go(func() error {
			value, err := s.start(ctx, env)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			env.set(s.variable, value)
			return nil
		})
	}
	return group.Wait()
}

// exec runs the command and hands every signal on to it; after a Ctrl-C it gets the same one from the terminal, too.
func (e *environment) exec(command []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = e.environ()
	err := cmd.Start()
	if err != nil {
		return 2, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have ended just now
		case err := <-done:
			return exitCode(err)
		}
	}
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode(), nil
	default:
		return 1, err // ended by a signal
	}
}
