package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// MaxImport is how many people ImportUsers takes at once.
const MaxImport = 500

// Imported is what became of one person of an import.
type Imported string

// The results that a person of an import can have.
const (
	ImportCreated  Imported = "created"
	ImportPresent  Imported = "present"  // a person of this practice has the user name: from before, or from earlier in the list
	ImportRejected Imported = "rejected" // ImportResult.Err says why
)

// ImportResult is what became of one person of an import, and why: idp.CodeInvalid with the field, idp.CodeNotFound with field
// "practice", or idp.CodeConflict with field "username" if a person of another practice has it.
type ImportResult struct {
	Outcome Imported
	Err     error
}

// ImportUsers creates people of another system, with their password hashes, in one transaction with one event for each. It neither
// invites nor notifies them. A person who exists already stays as they are, so that an import can be run again. For the machine's
// own shell alone.
//
// The results stand in the order of people. Errors are about all of them, and then no one was created: idp.CodeForbidden for
// any other caller; idp.CodeInvalid for more than MaxImport.
func (s *People) ImportUsers(ctx context.Context, caller Caller, people []NewUser, now time.Time) (results []ImportResult, err error) {
	if len(people) > MaxImport {
		return nil, idp.Invalid("people", "must be at most %d at once", MaxImport)
	}
	err = s.run(ctx, policy.CommandImportUsers, caller, now, func(ctx context.Context, c *command) error {
		if err := c.shellOnly(); err != nil {
			return err
		}
		c.event.Type = "" // each person has an event of their own
		batch := newImport(c, len(people))
		for i, n := range people {
			if err := batch.add(ctx, i, n); err != nil {
				return err
			}
		}
		results = batch.results
		return batch.store(ctx)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// imports is one run of ImportUsers.
type imports struct {
	*command
	practices map[idp.PracticeID]idp.Practice // those that were read so far; zero for a practice that does not exist
	results   []ImportResult
	users     []idp.User
	places    []int // of users, in results
}

func newImport(c *command, people int) *imports {
	return &imports{command: c, practices: map[idp.PracticeID]idp.Practice{}, results: make([]ImportResult, people)}
}

// add takes a person into the import, or records why not.
func (b *imports) add(ctx context.Context, place int, n NewUser) error {
	practice, err := b.practice(ctx, n.PracticeID)
	if err != nil {
		return err
	}
	username, err := n.check()
	if err == nil {
		err = firstOf(known(practice), checkRoles(practice, n.Roles), checkBlocked(practice, nil, n.BlockedApps))
	}
	if err == nil && !n.Password.IsZero() {
		err = idp.Invalid("password", "an import has hashes of passwords only")
	}
	if err != nil {
		b.results[place] = ImportResult{Outcome: ImportRejected, Err: err}
		return nil
	}
	user := n.user(username, n.PasswordHash, b.now)
	b.users, b.places = append(b.users, user), append(b.places, place)
	return nil
}

func known(practice idp.Practice) error {
	if practice.ID == "" {
		return &idp.Error{Code: idp.CodeNotFound, Field: "practice", Public: "there is no such practice"}
	}
	return nil
}

// practice reads each practice once.
func (b *imports) practice(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	if practice, found := b.practices[id]; found {
		return practice, nil
	}
	practice, err := b.FindPractice(ctx, id)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return idp.Practice{}, err
	}
	b.practices[id] = practice
	return practice, nil
}

// store writes the people who were taken in and do not exist yet, with their events.
func (b *imports) store(ctx context.Context) error {
	taken, err := b.CreateUsers(ctx, b.users)
	if err != nil {
		return err
	}
	out := make(map[int]bool, len(taken))
	for _, i := range taken {
		out[i] = true
	}
	var events []idp.AuditEvent
	for i, user := range b.users {
		if out[i] {
			continue
		}
		b.results[b.places[i]] = ImportResult{Outcome: ImportCreated}
		event := done(idp.EventUserCreated, b.caller.Actor, b.now)
		event.ID = idp.NthEventID(b.now, b.places[i])
		event.PracticeID, event.UserID, event.Reason, event.Details = user.PracticeID, user.ID, idp.ReasonImported, whoJoined(user)
		event.Address, event.UserAgent = b.caller.Address, b.caller.UserAgent
		if b.caller.batch != nil {
			event.Details["batch"] = b.caller.batch.id
		}
		events = append(events, event)
	}
	if err := b.AppendEvents(ctx, events); err != nil {
		return err
	}
	return b.explain(ctx, taken)
}

// explain records, for each person whose user name exists, whether it belongs to a person of the same practice.
func (b *imports) explain(ctx context.Context, taken []int) error {
	if len(taken) == 0 {
		return nil
	}
	names := make([]string, len(taken))
	for i, place := range taken {
		names[i] = b.users[place].Username
	}
	holders, err := b.ListHolders(ctx, names)
	if err != nil {
		return err
	}
	for i, place := range taken {
		result := ImportResult{Outcome: ImportPresent}
		if holders[names[i]] != b.users[place].PracticeID {
			result = ImportResult{Outcome: ImportRejected, Err: errTaken()}
		}
		b.results[b.places[place]] = result
	}
	return nil
}
