package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
)

// doctorCommand checks what a node needs, a line for each finding.
type doctorCommand struct {
	config.Server `embed:""`

	SMTPCheck string        `name:"smtp-check" env:"-" placeholder:"ADDRESS" help:"Really send an e-mail to this address. Without it the mail server is greeted and sent nothing."`
	SNSCheck  config.Secret `name:"sns-check" env:"-" placeholder:"NUMBER" help:"Really send a text message to this number, like +61491570156. Without it Amazon SNS is asked for its settings, which costs nothing."`
	JSON      bool          `name:"json" env:"-" help:"Print an object for each finding, one a line: check, state (ok, note or FAIL), text and mend."`
}

// environment is what is wrong with the variables of the environment.
type environment struct{ mistake error }

// Run implements the command. Nothing is changed: no file, no key and no schema is created.
func (c *doctorCommand) Run(ctx context.Context, out io.Writer, found environment) error {
	if _, err := newLogger(c.Log); err != nil { // for what libraries say by themselves
		return err
	}
	say := printLine
	if c.JSON {
		say = printObject
	}
	failed := 0
	asked := server.Asked{Environment: found.mistake, MailTo: c.SMTPCheck, TextTo: c.SNSCheck.Secret}
	for _, finding := range server.Examine(ctx, c.Server, asked) {
		if finding.State == server.Fail {
			failed++
		}
		if err := say(out, finding); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of the checks found what has to be mended", failed)
	}
	return nil
}

// printLine writes "ok", "note" or "FAIL", the check, what was found, and what to do about it.
func printLine(out io.Writer, f server.Finding) error {
	line := fmt.Sprintf("%-4s  %s", f.State, f.Check)
	if f.Text != "" {
		line += ": " + f.Text
	}
	if f.Mend != "" {
		line += ". Mend: " + f.Mend
	}
	_, err := fmt.Fprintln(out, line)
	return err
}

func printObject(out io.Writer, f server.Finding) error { return json.NewEncoder(out).Encode(f) }
