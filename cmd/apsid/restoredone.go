package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/server"
)

// restoreDone is run once a backup was restored into the database, before or while nodes run.
type restoreDone struct {
	config.Stores  `embed:""`
	Yes            bool   `env:"-" help:"Don't ask."`
	DryRun         bool   `env:"-" help:"Only say what would be done."`
	FromCheckpoint string `env:"-" type:"existingfile" placeholder:"FILE" help:"The newest checkpoint of the audit trail that was kept elsewhere: it tells how many events are missing."`
	Events         string `env:"-" type:"existingfile" placeholder:"FILE" help:"Events as 'audit export' writes them, of a copy of the trail that has those of after the backup: lists what has to be done again."`
}

// Run implements the command.
func (c *restoreDone) Run(ctx context.Context, std streams) error {
	places, err := c.Complete()
	if err != nil {
		return err
	}
	ask := restore.Ask{By: idp.Actor{Kind: idp.ActorSystem, ID: shellUser()}, DryRun: c.DryRun}
	if c.FromCheckpoint != "" {
		kept, err := os.ReadFile(c.FromCheckpoint)
		if err != nil {
			return err
		}
		ask.Checkpoint = string(kept)
	}
	if ask.Deeds, err = c.deeds(); err != nil {
		return err
	}
	if err := c.confirm(std); err != nil {
		return err
	}
	log, err := newLogger(config.Log{Level: "warn", Format: "text"})
	if err != nil {
		return err
	}
	report, err := server.RestoreDone(ctx, places, ask, log, time.Now())
	if err != nil {
		return err
	}
	if err := c.print(std.out, report); err != nil || c.Events == "" {
		return err
	}
	return printAgain(std.out, report.Again)
}

// deeds reads --events, before anything is done.
func (c *restoreDone) deeds() (deeds []auditlog.Line, err error) {
	if c.Events == "" {
		return nil, nil
	}
	file, err := os.Open(c.Events)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	deeds, err = restore.Deeds(file)
	if err != nil {
		return nil, fmt.Errorf("--events: %s: %w", c.Events, err)
	}
	return deeds, nil
}

func (c *restoreDone) confirm(std streams) error {
	if c.Yes || c.DryRun {
		return nil
	}
	_, err := fmt.Fprint(std.errs, "This signs everybody out, and takes back every link, recovery PIN and token. Type \"restored\" to go on: ")
	if err != nil {
		return err
	}
	typed, _ := bufio.NewReader(std.in).ReadString('\n')
	if strings.TrimSpace(typed) != "restored" {
		return errors.New("nothing was changed")
	}
	return nil
}

func (c *restoreDone) print(out io.Writer, r restore.Report) error {
	last := "has no event"
	if r.Last.ID != "" {
		last = "ends with event " + string(r.Last.ID) + " of " + r.Last.At.UTC().Format(time.RFC3339)
	}
	said := []string{"the audit trail of the backup " + last}
	switch {
	case r.Known.Size == 0:
		said = append(said, "how many later events are missing is not known: --from-checkpoint tells")
	default:
		said = append(said, fmt.Sprintf("%d events were known by %s, and the backup has %d of them: %d are missing at least",
			r.Known.Size, r.Known.At.UTC().Format(time.RFC3339), r.Kept.Size, r.Missing()))
	}
	done := "done"
	if c.DryRun {
		done = "would be done"
	}
	if r.Resumed {
		done += ", in the epoch that an earlier run began"
	}
	said = append(said, fmt.Sprintf("%s: epoch %d since %s", done, r.Epoch.Number, r.Epoch.Since.UTC().Format(time.RFC3339)))
	for _, each := range []struct {
		n    int64
		what string
	}{
		{r.Voided.Sessions, "sessions ended"},
		{r.Voided.RefreshTokens, "refresh tokens deleted, of sessions that had ended"},
		{r.Voided.Links, "links of e-mails revoked: invitations have to be sent again"},
		{r.Voided.PINs, "recovery PINs deleted: their owners choose new ones at the next sign-in with MFA"},
		{r.Voided.Steps, "authenticator apps whose codes of this moment are spent"},
		{r.Voided.Cases, "support cases closed"},
		{r.Keys, "signing keys retired"},
		{r.Dropped, "messages dropped that waited to be sent"},
	} {
		said = append(said, fmt.Sprintf("  %7d  %s", each.n, each.what))
	}
	_, err := fmt.Fprintln(out, strings.Join(said, "\n"))
	return err
}

// printAgain lists what was done after the backup.
func printAgain(out io.Writer, lost []auditlog.Line) error {
	_, err := fmt.Fprintf(out, "\n%d events of after the backup whose effect is gone; do again what still holds:\n", len(lost))
	for _, line := range lost {
		if err == nil {
			_, err = fmt.Fprintln(out, "  "+toDo(line))
		}
	}
	return err
}

// toDo is an event in one line: when, what, to whom, and by whom.
func toDo(l auditlog.Line) string {
	words := []string{l.Time, l.Action}
	for _, about := range [][2]string{
		{"practice", l.PracticeID}, {"person", l.UserID}, {"", l.UserName}, {"client", l.App}, {"reason", l.Reason}, {"by", l.ActorID}, {"", l.ActorName},
	} {
		if about[1] != "" {
			words = append(words, strings.TrimSpace(about[0]+" "+printable(about[1])))
		}
	}
	return strings.Join(words, "  ")
}

// printable keeps what an attacker put into a name from being a command to a terminal.
func printable(text string) string {
	quoted := fmt.Sprintf("%+q", text)
	return quoted[1 : len(quoted)-1]
}
