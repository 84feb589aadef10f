package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/importer"
)

// exitRejected is the exit code if the whole file was read and some of its lines were rejected.
const exitRejected = 3

type rejectedError struct{ error }

// importCommand imports the data of another system.
type importCommand struct {
	Users importUsers `cmd:"" gives:"import-users" help:"People, with their password hashes, from CSV or JSON Lines. Exit code 3: some lines were rejected."`
}

type importUsers struct {
	onServer
	File     string `arg:"" type:"existingfile" help:"Columns, or members: username, name, practice, roles, password_hash, email_verified. Or - for standard input."`
	Format   string `env:"-" enum:"auto,csv,jsonl" default:"auto" help:"csv, jsonl, or auto: by the file’s ending."`
	Practice string `env:"-" help:"The practice of lines that name none: its identifier or exact name."`
	Report   string `env:"-" placeholder:"FILE" help:"Write line number, user name and reason of each rejected line there, as CSV."`
}

// Run implements the command.
func (c *importUsers) Run(ctx context.Context, std streams) (err error) {
	format, err := c.format()
	if err != nil {
		return err
	}
	file, err := c.input(std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	console, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, console.Close()) }()
	rejects, err := c.rejects(std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rejects.Close()) }()
	progress := newProgress(std.errs, time.Now())
	counts, err := importer.Run(ctx, importer.Config{
		Format: format, Practice: c.Practice, Caller: shellCaller(), Clock: time.Now, Report: rejects,
		Progress: func(n importer.Counts) { progress.show(n, time.Now()) },
	}, console.Directory().People, console.Directory().Practices, file)
	progress.end()
	return c.sum(std, counts, err)
}

// sum prints how many people were imported, were there already and were rejected.
func (c *importUsers) sum(std streams, n importer.Counts, failed error) error {
	if failed != nil && n.Line == 0 {
		return failed
	}
	_, err := fmt.Fprintf(std.out, "%d imported, %d already there, %d rejected\n", n.Created, n.Present, n.Rejected)
	switch {
	case failed != nil:
		return fmt.Errorf("%w (stopped near line %d; run it again: whoever was imported is there)", failed, n.Line)
	case err != nil:
		return err
	case n.Rejected == 0:
		return nil
	case c.Report == "":
		return rejectedError{fmt.Errorf("%d lines were rejected; --report FILE keeps all of them", n.Rejected)}
	default:
		return rejectedError{fmt.Errorf("%d lines were rejected: see %s", n.Rejected, c.Report)}
	}
}

func (c *importUsers) format() (importer.Format, error) {
	switch c.Format {
	case "csv":
		return importer.CSV, nil
	case "jsonl":
		return importer.JSONLines, nil
	}
	switch strings.ToLower(filepath.Ext(c.File)) {
	case ".csv":
		return importer.CSV, nil
	case ".jsonl", ".ndjson":
		return importer.JSONLines, nil
	default:
		return "", &config.Problem{Key: "format", Text: "is needed: the file’s name ends neither in .csv nor in .jsonl"}
	}
}

func (c *importUsers) input(std streams) (io.ReadCloser, error) {
	if c.File == "-" {
		return io.NopCloser(std.in), nil
	}
	return os.Open(c.File)
}

// rejects is where rejected lines go: the report, which only its owner can read, or the first few to standard error.
func (c *importUsers) rejects(std streams) (io.WriteCloser, error) {
	if c.Report == "" {
		return &firstLines{to: std.errs, left: 21}, nil // the header and 20 lines
	}
	read, err := os.Stat(c.File)
	written, missing := os.Stat(c.Report)
	if err == nil && missing == nil && os.SameFile(read, written) {
		return nil, &config.Problem{Key: "report", Value: c.Report, Text: "is the file that is imported"}
	}
	if missing == nil && written.Mode().IsRegular() { // of another run, whose report others may be able to read
		if err := os.Remove(c.Report); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(c.Report, os.O_WRONLY|os.O_CREATE, 0o600)
}

// firstLines passes on as many writes as are left, and drops the others.
type firstLines struct {
	to   io.Writer
	left int
}

// Write implements io.Writer.
func (f *firstLines) Write(p []byte) (int, error) {
	if f.left <= 0 {
		return len(p), nil
	}
	f.left--
	return f.to.Write(p)
}

// Close implements io.Closer.
func (f *firstLines) Close() error { return nil }
