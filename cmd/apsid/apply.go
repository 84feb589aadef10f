package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/apscloud/apsid/internal/apply"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

// applyCommand makes practices, clients and people as files describe them.
type applyCommand struct {
	onServer
	File       []string `short:"f" env:"-" required:"" type:"existingfile" help:"YAML or JSON. May be given again."`
	DryRun     bool     `env:"-" help:"Print the difference and change nothing."`
	Prune      bool     `env:"-" help:"Also disable the people and integrations of the files’ practices that the files have not. Nothing is deleted."`
	SecretsOut string   `env:"-" placeholder:"FILE" help:"A new file, for its owner only, for the secrets of new clients whose file names none: one JSON object a line."`
}

// Run implements the command.
func (c *applyCommand) Run(ctx context.Context, out io.Writer) (err error) {
	files, err := apply.Read(c.File...)
	if err != nil {
		return err
	}
	secrets, err := c.secrets()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, secrets.close()) }()
	console, err := c.console(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, console.Close()) }()
	settings := apply.Config{Caller: shellCaller(), Prune: c.Prune, Env: os.LookupEnv}
	if c.SecretsOut != "" || c.DryRun { // a dry run draws none
		settings.KeepSecret = secrets.keep
	}
	return c.carry(ctx, out, console, settings, files)
}

func (c *applyCommand) console(ctx context.Context) (*server.Console, error) {
	if c.DryRun {
		return c.read(ctx)
	}
	return c.open(ctx, false)
}

func (c *applyCommand) carry(ctx context.Context, out io.Writer, console *server.Console, settings apply.Config, files apply.Files) error {
	plan, err := apply.Compare(ctx, settings, console.Directory(), console.Records(), files, time.Now())
	if err != nil {
		return err
	}
	if err := plan.Print(out); err != nil || c.DryRun || plan.IsEmpty() {
		return err
	}
	done, err := plan.Carry(ctx, time.Now)
	if err != nil {
		return fmt.Errorf("%w\n%d of %d were done; mend this and apply the files again", err, done, plan.Len())
	}
	_, err = fmt.Fprintf(out, "done: %d\n", done)
	return err
}

// secretsFile is made when the first secret is kept.
type secretsFile struct {
	name string
	file *os.File // nil: not yet
}

// secrets refuses a file that exists already: it may hold secrets that are still needed, or be readable by others.
func (c *applyCommand) secrets() (*secretsFile, error) {
	if _, err := os.Lstat(c.SecretsOut); c.SecretsOut != "" && err == nil {
		return nil, &config.Problem{Key: "secrets-out", Value: c.SecretsOut, Text: "is there already: name a new file"}
	}
	return &secretsFile{name: c.SecretsOut}, nil
}

// keep writes a secret to the disk, so that it is not lost even if the machine stops.
func (s *secretsFile) keep(id idp.ClientID, secret idp.Secret) (err error) {
	if s.file == nil {
		s.file, err = os.OpenFile(s.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
	}
	if err := json.NewEncoder(s.file).Encode(map[string]string{"client_id": string(id), "client_secret": secret.Reveal()}); err != nil {
		return err
	}
	return s.file.Sync()
}

func (s *secretsFile) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
