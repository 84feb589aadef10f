package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // practices are in time zones that a slim image does not know

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/apply"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
)

// Exit codes.
const (
	exitFailed  = 1 // it did not work
	exitMistake = 2 // the command line or the configuration is wrong
)

// commands is the command line.
type commands struct {
	Config kong.ConfigFlag `help:"Configuration file, YAML or JSON; its keys are the names of flags." placeholder:"FILE"`

	Demo        demoCommand     `cmd:"" help:"Run everything with no set-up: provider, three apps, people to sign in as."`
	Serve       serveCommand    `cmd:"" help:"Run a node."`
	Health      healthCommand   `cmd:"" help:"Ask the node beside it whether it lives; exit code 1 if it does not answer."`
	Migrate     migrateCommand  `cmd:"" help:"Bring the database schema up to date, or show where it is."`
	User        userCommand     `cmd:"" help:"People: list, invite, edit, disable, unlock, reset MFA, over the management API."`
	Practice    practiceCommand `cmd:"" help:"Practices: their apps, MFA, suspension, over the management API."`
	Client      clientCommand   `cmd:"" help:"Apps and integrations and their secrets, over the management API."`
	Apply       applyCommand    `cmd:"" help:"Make practices, apps, integrations and people as files say, on the server itself."`
	Import      importCommand   `cmd:"" help:"Bring in people of another system, on the server itself."`
	Audit       auditCommand    `cmd:"" help:"Prove that the audit trail is as it was written, or write it out."`
	Keys        keysCommand     `cmd:"" help:"Keys that sign tokens and keys that seal secrets: list, rotate, retire one that leaked, on the server itself."`
	RestoreDone restoreDone     `cmd:"" help:"After a backup was restored: let nothing come back that was ended, used up or revoked after it."`
	Doctor      doctorCommand   `cmd:"" help:"Find mistakes in configuration, stores, keys and providers, a line each, with what to do about it."`
	Version     versionCommand  `cmd:"" help:"Print the version."`

	ConformApp conformCommand `cmd:"" help:"Check a running app against what APS ID asks of apps."`
}

func main() {
	tuneMemory(os.DirFS("/"), func(name string) bool { return os.Getenv(name) != "" })
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2) // however soon the second one comes, it is not lost
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		os.Exit(exitFailed) // a second signal ends it at once
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program without its process, for tests.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	bound := []kong.Option{
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)),
		kong.Bind(streams{in: os.Stdin, out: out, errs: errs}),
		kong.Bind(reread(func() (config.Node, error) { return readAgain(args) })),
	}
	if parsed, err := parseOfContainer(args, bound); err == nil {
		return report(errs, parsed.Run(environment{}))
	}
	exited := -1 // --help ends the parse
	var c commands
	parser, err := newParser(&c, out, errs, append(bound, kong.Exit(func(code int) { exited = code }))...)
	if err != nil {
		return report(errs, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_ = report(errs, err)
		return exitMistake
	}
	mistake := config.CheckEnvironment(parser.Model, os.Environ())
	if mistake != nil && parsed.Command() != "doctor" {
		_ = report(errs, mistake)
		return exitMistake
	}
	return report(errs, parsed.Run(environment{mistake}))
}

func newParser(grammar any, out, errs io.Writer, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(grammar, append([]kong.Option{
		kong.Name("apsid"),
		kong.Description("APS ID lets people and integrations sign in to APS cloud apps."),
		kong.Configuration(config.ReadFile),
		kong.Resolvers(config.SecretFiles{}),
		kong.DefaultEnvars(config.EnvPrefix),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(out, errs),
		kong.PostBuild(describe),
	}, more...)...)
}

// reread reads the settings of serve as they are now: the configuration file may have changed since the start.
type reread func() (config.Node, error)

func readAgain(args []string) (config.Node, error) {
	var c commands
	parser, err := newParser(&c, io.Discard, io.Discard, kong.Exit(func(int) {}))
	if err != nil {
		return config.Node{}, err
	}
	if _, err := parser.Parse(args); err != nil {
		return config.Node{}, err
	}
	return c.Serve.Complete()
}

// report prints an error in one line, or mistakes in files in a line each, and chooses the exit code.
func report(errs io.Writer, err error) int {
	if err == nil {
		return 0
	}
	text := idp.OneLine(err)
	var listed *apply.Mistake
	if errors.As(err, &listed) {
		text = err.Error()
	}
	_, _ = fmt.Fprintf(errs, "apsid: %s\n", text)
	var problem *config.Problem
	var unseen unverifiedError
	if errors.As(err, &unseen) {
		return exitUnverified
	}
	var unreachable unreachableError
	if errors.As(err, &unreachable) {
		return exitUnreachable
	}
	var gap restoredError
	if errors.As(err, &gap) {
		return exitRestored
	}
	var rejected rejectedError
	if errors.As(err, &rejected) {
		return exitRejected
	}
	if errors.As(err, &problem) {
		return exitMistake
	}
	if code := exitOfCheck(err); code != 0 {
		return code
	}
	return exitFailed
}
