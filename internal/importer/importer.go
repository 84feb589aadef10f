package importer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// Format is how people stand in a file.
type Format string

// The formats there are.
const (
	CSV       Format = "csv"   // with a header
	JSONLines Format = "jsonl" // one object a line
)

// People takes the people of a batch: directory.People does, and its documentation applies.
type People interface {
	ImportUsers(ctx context.Context, caller directory.Caller, people []directory.NewUser, now time.Time) ([]directory.ImportResult, error)
}

// Practices looks practices up: directory.Practices does.
type Practices interface {
	ListPractices(ctx context.Context, caller directory.Caller, q directory.PracticeQuery, page directory.Page, now time.Time) ([]idp.Practice, string, error)
}

// Config says what is imported, and who is told of it.
type Config struct {
	Format   Format
	Practice string // identifier or exact name, for lines that name none; "": each line names one
	Caller   directory.Caller
	Clock    func() time.Time
	Report   io.Writer    // gets a row of CSV for each line that was rejected; nil: no report
	Progress func(Counts) // called after each batch; nil: not called
}

// Counts is how far an import is. Each person was created, present or rejected.
type Counts struct {
	Line     int // the number of the last line that was read
	Created  int
	Present  int // there before, in the practice that the line names; or stored by a try of this run whose answer came too late
	Rejected int
}

// source gives people, and io.EOF after the last.
type source interface{ next() (person, error) }

// Run imports a file. It stops at what concerns more than one line: a header that makes no sense, a practice in the settings that
// does not exist, a database that is gone, a context that ends. What was counted as created is there then, and stays.
func Run(ctx context.Context, c Config, to People, in Practices, file io.Reader) (Counts, error) {
	if c.Clock == nil {
		return Counts{}, errors.New("importer: a clock is needed")
	}
	r := &run{
		Config: c, to: to, seen: map[fingerprint]int{},
		practices: practices{stored: in, caller: c.Caller, known: map[string]match{}},
	}
	people, err := r.open(ctx, file)
	if err != nil {
		return Counts{}, err
	}
	return r.all(ctx, people)
}

// fingerprint stands for a user name.
type fingerprint [16]byte

// run is one import.
type run struct {
	Config
	to        People
	practices practices
	report    *report             // nil: none
	seen      map[fingerprint]int // the line on which a user name stands first
	batch     []entry
	rejected  []rejection
	counts    Counts
}

// entry is a person on the way to the directory.
type entry struct {
	line int
	mark fingerprint
	user directory.NewUser
}

func (r *run) open(ctx context.Context, file io.Reader) (source, error) {
	if r.Practice != "" {
		found, err := r.practices.find(ctx, r.Practice, r.Clock())
		if err != nil {
			return nil, err
		}
		if found.fault != "" {
			return nil, fmt.Errorf("%q: %s", r.Practice, found.fault)
		}
	}
	if r.Report != nil {
		report, err := newReport(r.Report)
		if err != nil {
			return nil, err
		}
		r.report = report
	}
	lines := newLines(file)
	switch r.Format {
	case CSV:
		return newTable(lines)
	case JSONLines:
		return &objects{lines: lines}, nil
	default:
		return nil, fmt.Errorf("there is no format %q", r.Format)
	}
}

func (r *run) all(ctx context.Context, people source) (Counts, error) {
	for {
		p, err := people.next()
		if errors.Is(err, io.EOF) {
			err = r.flush(ctx)
			return r.counts, err
		}
		if err != nil {
			return r.counts, err
		}
		r.counts.Line = max(r.counts.Line, p.line)
		if err := r.take(ctx, p); err != nil {
			return r.counts, err
		}
		if len(r.batch)+len(r.rejected) >= directory.MaxImport {
			if err := r.flush(ctx); err != nil {
				return r.counts, err
			}
		}
	}
}

// take puts a person into the batch, or rejects the line.
func (r *run) take(ctx context.Context, p person) error {
	if p.fault != "" {
		r.reject(p.line, p.username, p.fault)
		return nil
	}
	named := p.practice
	if named == "" {
		named = r.Practice
	}
	practice, err := r.practices.find(ctx, named, r.Clock())
	if err != nil {
		return err
	}
	if practice.fault != "" {
		r.reject(p.line, p.username, practice.fault)
		return nil
	}
	sum := sha256.Sum256([]byte(mailbox.Typed(p.username)))
	e := entry{line: p.line, mark: fingerprint(sum[:16]), user: p.user(practice.id)}
	if first, twice := r.seen[e.mark]; twice {
		r.reject(p.line, p.username, fmt.Sprintf("username: stands on line %d already", first))
		return nil
	}
	r.seen[e.mark] = p.line
	r.batch = append(r.batch, e)
	return nil
}

func (p person) user(practice idp.PracticeID) directory.NewUser {
	n := directory.NewUser{
		PracticeID: practice, Username: p.username, Name: p.name, PasswordHash: idp.NewSecret(p.hash), EmailVerified: p.verified,
	}
	for _, role := range p.roles {
		n.Roles = append(n.Roles, idp.Role(role))
	}
	return n
}

// flush brings the batch to the directory, and what was rejected since the last one to the report.
func (r *run) flush(ctx context.Context) error {
	failed := r.send(ctx, r.batch)
	clear(r.batch)
	r.batch = r.batch[:0]
	if err := errors.Join(failed, r.tell()); err != nil {
		return err
	}
	if r.Progress != nil {
		r.Progress(r.counts)
	}
	return nil
}

// send halves a batch that is too large for a slow database: a transaction has a limit of time.
func (r *run) send(ctx context.Context, batch []entry) error {
	if len(batch) == 0 {
		return nil
	}
	people := make([]directory.NewUser, len(batch))
	for i, e := range batch {
		people[i] = e.user
	}
	results, err := r.to.ImportUsers(ctx, r.Caller, people, r.Clock())
	if errors.Is(err, idp.ErrUnavailable) && len(batch) > 1 && ctx.Err() == nil {
		half := len(batch) / 2
		if err := r.send(ctx, batch[:half]); err != nil {
			return err
		}
		return r.send(ctx, batch[half:])
	}
	if err != nil {
		return err
	}
	for i, result := range results {
		r.count(batch[i], result)
	}
	return nil
}

func (r *run) count(e entry, result directory.ImportResult) {
	switch result.Outcome {
	case directory.ImportCreated:
		r.counts.Created++
	case directory.ImportPresent:
		r.counts.Present++
	default:
		delete(r.seen, e.mark) // another line may have this name right
		r.reject(e.line, e.user.Username, because(result.Err))
	}
}

// rejection is a line that was not taken.
type rejection struct {
	line             int
	username, reason string
}

func (r *run) reject(line int, username, reason string) {
	r.counts.Rejected++
	r.rejected = append(r.rejected, rejection{line: line, username: inert(username), reason: inert(reason)})
}

// tell reports what was rejected, by line.
func (r *run) tell() error {
	slices.SortFunc(r.rejected, func(a, b rejection) int { return cmp.Compare(a.line, b.line) })
	for _, each := range r.rejected {
		if r.report == nil {
			break
		}
		if err := r.report.write(strconv.Itoa(each.line), each.username, each.reason); err != nil {
			return err
		}
	}
	r.rejected = r.rejected[:0]
	return nil
}
