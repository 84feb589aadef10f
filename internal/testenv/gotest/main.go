package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	code, err := run(os.Stdout, "", os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(code)
}

// run runs go test in a folder ("" for the current one) and returns its exit code; 2 if it could not be run.
func run(w io.Writer, folder string, arguments []string) (code int, err error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	cmd := exec.Command("go", append([]string{"test", "-json"}, arguments...)...)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return 2, err
	}
	err = cmd.Start()
	if err != nil {
		return 2, err
	}
	go func() {
		for s := range signals { // the terminal sends Ctrl-C to both; what else comes is handed on
			_ = cmd.Process.Signal(s)
		}
	}()
	results := newResults(w)
	unread := results.read(output)
	err = errors.Join(cmd.Wait(), unread)
	results.summarise(err == nil)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit) && exit.Exited() && unread == nil:
		return exit.ExitCode(), nil
	default:
		return 2, err
	}
}
