package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// Stored reads the present state. It goes past the directory, which would record each search for an object that does not exist as
// a refusal.
type Stored interface {
	// FindPractice returns idp.ErrNotFound if there is none.
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// FindAccountByUsername takes a normalised user name; idp.ErrNotFound if there is none.
	FindAccountByUsername(ctx context.Context, username string) (idp.Account, error)
	// SearchUsers lists people of one practice by user name.
	SearchUsers(ctx context.Context, practice idp.PracticeID, q directory.UserQuery, page directory.Page, now time.Time) ([]directory.Person, string, error)
	// SearchClients lists clients by name.
	SearchClients(ctx context.Context, q directory.ClientQuery, page directory.Page) ([]idp.Client, string, error)
}

// Config says who applies files, and how.
type Config struct {
	Caller directory.Caller
	Prune  bool                        // disable what the files' practices have and the files have not
	Env    func(string) (string, bool) // the environment, for secret_env
	// KeepSecret is given the secret of a client that is about to be registered and whose file has none. nil: the file must have
	// one.
	KeepSecret func(idp.ClientID, idp.Secret) error
}

// change is what one object needs.
type change struct {
	sign   byte // '+', '~' or '-'
	name   string
	fields difference
	last   bool // goes last of its kind: it takes a role or an access away that another person may have to get first
	// carry gives its commands; they happen all or not at all.
	carry func(context.Context, *directory.Directory, time.Time) error
	// refused words an error of carry.
	refused func(error) error
	// prepare comes before the transaction; nil: nothing does.
	prepare func() error
}

// Plan is what has to be done, in order.
type Plan struct {
	changes []change
	to      *directory.Directory
}

// planner compares files with what is stored.
type planner struct {
	Config
	stored    Stored
	to        *directory.Directory
	now       time.Time
	practices map[idp.PracticeID]idp.Practice // as they will be
	clients   map[idp.ClientID]idp.Client     // likewise
	changes   []change
	mistakes  []error
}

// Compare plans the changes that make the stored state as the files say. Its errors are all the mistakes in the files, or that
// the stores can't be read.
func Compare(ctx context.Context, c Config, to *directory.Directory, stored Stored, files Files, now time.Time) (Plan, error) {
	p := &planner{
		Config: c, stored: stored, to: to, now: now,
		practices: map[idp.PracticeID]idp.Practice{}, clients: map[idp.ClientID]idp.Client{},
	}
	for _, step := range []func(context.Context, Files) error{p.planApps, p.planPractices, p.planIntegrations, p.planPeople, p.prune} {
		if err := step(ctx, files); err != nil {
			return Plan{}, err
		}
	}
	if len(p.mistakes) > 0 {
		return Plan{}, errors.Join(p.mistakes...)
	}
	return Plan{changes: p.changes, to: to}, nil
}

func (p *planner) wrong(err error) { p.mistakes = append(p.mistakes, err) }

// found reports whether a look-up has found its object; an error other than idp.ErrNotFound is returned.
func found(err error) (bool, error) {
	if errors.Is(err, idp.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// IsEmpty reports whether everything is as the files say.
func (p Plan) IsEmpty() bool { return len(p.changes) == 0 }

// Print writes the difference: a line for each object and for each field of it. No secret is in it.
func (p Plan) Print(w io.Writer) error {
	if p.IsEmpty() {
		_, err := fmt.Fprintln(w, "nothing to do")
		return err
	}
	count := map[byte]int{}
	for _, each := range p.changes {
		count[each.sign]++
		if _, err := fmt.Fprintf(w, "%c %s\n", each.sign, each.name); err != nil {
			return err
		}
		for _, f := range each.fields {
			if _, err := fmt.Fprintf(w, "    %c %s\n", f.sign, f.text); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "%d to create, %d to change, %d to disable\n", count['+'], count['~'], count['-'])
	return err
}

// Carry carries the plan out, one object after the other, and returns how many were changed. It stops at the first that can't be
// changed: the changes before it stay, and applying the files again goes on from there.
func (p Plan) Carry(ctx context.Context, clock func() time.Time) (done int, err error) {
	for _, each := range p.changes {
		if each.prepare != nil {
			if err := each.prepare(); err != nil {
				return done, err
			}
		}
		err := p.to.Together(ctx, func(inside *directory.Directory) error { return each.carry(ctx, inside, clock()) })
		if err != nil {
			return done, each.refused(err)
		}
		done++
	}
	return done, nil
}

// Len is how many objects differ.
func (p Plan) Len() int { return len(p.changes) }
