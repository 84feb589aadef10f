package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

// auditCommand is about the audit trail, on the server itself.
type auditCommand struct {
	Verify  auditVerify  `cmd:"" help:"Prove that no event was altered, removed or reordered; name the first that was."`
	Archive auditArchive `cmd:"" help:"Move the oldest events into signed files, when they have stayed as long as they must."`
	Export  auditExport  `cmd:"" gives:"export-events" help:"Write events to standard output, for those who have to be given them."`
}

type auditVerify struct {
	config.Sealed  `embed:""`
	FromCheckpoint string `type:"existingfile" placeholder:"FILE" help:"A checkpoint that was kept elsewhere: finds a trail that was cut back together with its checkpoints."`
	KeepCheckpoint string `placeholder:"FILE" help:"Write the newest checkpoint there, to be kept elsewhere."`
	Archive        string `env:"APSID_AUDIT_ARCHIVE" type:"existingdir" placeholder:"FOLDER" help:"The folder of the archives: proves the events that have left for them, too."`
}

// Run implements the command. It changes nothing.
func (c *auditVerify) Run(ctx context.Context, out io.Writer) (err error) {
	vault, err := c.Complete()
	if err != nil {
		return err
	}
	kept := []byte(nil)
	if c.FromCheckpoint != "" {
		kept, err = os.ReadFile(c.FromCheckpoint)
		if err != nil {
			return err
		}
	}
	trail, err := server.OpenTrail(ctx, vault)
	if err != nil {
		return unverified(err)
	}
	defer func() { err = errors.Join(err, trail.Close()) }()
	report, err := trail.Verify(ctx, string(kept), c.Archive)
	var fault *auditlog.Fault
	if errors.As(err, &fault) {
		return fault
	}
	if err != nil {
		return unverified(err)
	}
	if err := c.keep(report.Newest); err != nil {
		return err
	}
	if err := c.print(out, report, time.Now()); err != nil {
		return err
	}
	return gapOf(report)
}

// exitUnverified says that the trail could not be looked at, which is neither good nor bad.
const exitUnverified = 2

type unverifiedError struct{ error }

// Unwrap returns the cause.
func (e unverifiedError) Unwrap() error { return e.error }

func unverified(err error) error {
	return unverifiedError{fmt.Errorf("the trail could not be verified: %w", err)}
}

func (c *auditVerify) keep(newest auditlog.Checkpoint) error {
	if c.KeepCheckpoint == "" || newest.Size == 0 {
		return nil
	}
	return os.WriteFile(c.KeepCheckpoint, []byte(newest.Note), 0o600)
}

func (c *auditVerify) print(out io.Writer, r auditlog.Report, now time.Time) error {
	_, err := fmt.Fprintf(out, "the audit trail is as it was written: %d events, %d checkpoints, %d events wait for their place\n", r.Events, r.Checkpoints, r.Waiting)
	for _, restored := range r.Restored {
		if err == nil {
			_, err = fmt.Fprintf(out, "a backup of %s was restored at %s, as %s said (event %s): %s\n", restored.Kept.At.Format(time.RFC3339), restored.Epoch.Since.Format(time.RFC3339),
				restored.By, restored.EventID, missing(restored))
		}
	}
	if err == nil && r.Archived > 0 {
		_, err = fmt.Fprintln(out, c.archived(r))
	}
	if err == nil && r.Newest.Size > 0 {
		_, err = fmt.Fprintf(out, "\nthe newest checkpoint; keep it elsewhere:\n\n%s", r.Newest.Note)
	}
	if err == nil && r.Late(now) {
		err = fmt.Errorf("event %s has waited since %s: no node is running, or somebody wrote it by hand", r.Oldest.ID, r.Oldest.At.Format(time.RFC3339))
	}
	return err
}

func missing(r auditlog.Restored) string {
	if r.Known.Size == 0 {
		return "how many events are missing is not known"
	}
	return fmt.Sprintf("at least %d events of until %s are missing", r.Missing(), r.Known.At.Format(time.RFC3339))
}

// exitRestored says that the trail is as it was written, but for what the restore of a backup has taken away since the checkpoint that
// was kept. Somebody has to know of it: keep a newer checkpoint then.
const exitRestored = 3

type restoredError struct{ error }

func gapOf(r auditlog.Report) error {
	if r.Gap == nil {
		return nil
	}
	return restoredError{fmt.Errorf("the trail was restored at %s by %s to a backup of %s: at least %d events between then and %s are missing (event %s tells of it)",
		r.Gap.By.Epoch.Since.Format(time.RFC3339), r.Gap.By.By, r.Gap.By.Kept.At.Format(time.RFC3339), r.Gap.Events, r.Gap.Until.Format(time.RFC3339), r.Gap.By.EventID)}
}

func (c *auditVerify) archived(r auditlog.Report) string {
	if r.Proved {
		return fmt.Sprintf("%d of the events are in archives, and are as they were written too", r.Archived)
	}
	return fmt.Sprintf("%d more events are in archives: the proof begins at the signature where they end; name their folder with --archive to prove them", r.Archived)
}

type auditExport struct {
	config.Sealed `embed:""`
	Practice      string `help:"Identifier of the practice; without it, the events that belong to none."`
	Format        string `enum:"jsonl,csv" default:"jsonl" help:"jsonl: one JSON object a line; csv: for spreadsheets."`
	From          string `placeholder:"DATE" help:"The first day, like 2026-01-31 (UTC)."`
	Until         string `placeholder:"DATE" help:"The last day."`
}

// Run implements the command. It leaves an event in the trail.
func (c *auditExport) Run(ctx context.Context, out io.Writer) (err error) {
	vault, err := c.Complete()
	if err != nil {
		return err
	}
	ask := server.ExportAsk{Practice: idp.PracticeID(c.Practice), CSV: c.Format == "csv", By: idp.Actor{Kind: idp.ActorSystem, ID: shellUser()}}
	if ask.From, err = day("from", c.From); err != nil {
		return err
	}
	if ask.Until, err = day("until", c.Until); err != nil {
		return err
	}
	if !ask.Until.IsZero() {
		ask.Until = ask.Until.AddDate(0, 0, 1)
	}
	trail, err := server.OpenTrail(ctx, vault)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trail.Close()) }()
	return trail.Export(ctx, out, ask, time.Now())
}

func day(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s: %q is no day like 2026-01-31", flag, text)
	}
	return at, nil
}

// shellUser names who works on the server itself, for the trail.
func shellUser() string {
	who, err := user.Current()
	if err != nil {
		return "shell"
	}
	return "shell:" + who.Username
}
