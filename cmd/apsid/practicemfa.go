package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/pkg/adminclient"
)

type practicePrerequisites struct{ onPractice }

// Run implements the command.
func (c *practicePrerequisites) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	report, err := client.Prerequisites(ctx, c.Practice)
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(out, report)
	} else {
		err = writeReport(out, report)
	}
	if err == nil && !report.Ready {
		err = errors.New("something is missing")
	}
	return err
}

func writeReport(out io.Writer, report adminclient.Prerequisites) error {
	for _, line := range report.Lines {
		if _, err := fmt.Fprintf(out, "%-7s  %s\n", line.State, line.Title); err != nil {
			return err
		}
		for _, more := range []string{line.Fix, words(line.Found)} {
			if more == "" || line.State == "met" {
				continue
			}
			if _, err := fmt.Fprintln(out, "         "+more); err != nil {
				return err
			}
		}
	}
	return nil
}

type practiceActivateMFA struct {
	onPractice
	Answer string `default:"MFA is on from now." help:"What the practice is told."`
}

// Run implements the command. It answers the request that the practice has made: APS makes none on its behalf.
func (c *practiceActivateMFA) Run(ctx context.Context, out io.Writer) error {
	return c.actOnMany(ctx, out, "MFA is active in "+c.Practice, c.sessions(ctx, "", true), func(client *adminclient.Client) error {
		practice, err := client.Practice(ctx, c.Practice)
		if err != nil {
			return err
		}
		if practice.Activation == nil || practice.Activation.State != "open" {
			return fmt.Errorf("%s has not asked for MFA: its people do that in User Management+; require-mfa makes it mandatory", c.Practice)
		}
		return client.ActivateMFA(ctx, practice.Activation.ID, c.Answer)
	})
}

type practiceRequireMFA struct {
	onPractice
	From string `help:"The first day, or the moment (2027-03-31T09:00:00+11:00)." placeholder:"DAY"`
	Off  bool   `help:"Leave it to the practice again."`
}

// Run implements the command.
func (c *practiceRequireMFA) Run(ctx context.Context, out io.Writer) error {
	if (c.From == "") != c.Off {
		return &config.Problem{Key: "from", Value: c.From, Text: "give either --from or --off"}
	}
	from, err := instant("from", c.From)
	if err != nil {
		return err
	}
	said := "MFA is mandatory in " + c.Practice + " from " + moment(from)
	if c.Off {
		said = "MFA is the choice of " + c.Practice + " again"
	}
	do := func(client *adminclient.Client) error { return client.RequireMFA(ctx, c.Practice, from) }
	if c.Off || from.After(time.Now()) { // nobody is signed out
		return c.act(ctx, out, said, do)
	}
	return c.actOnMany(ctx, out, said, c.sessions(ctx, "", true), do)
}
