package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// CheckImport says what would become of these people in ImportPeople, and changes nothing. Whether another practice has a user name
// it does not say: to the caller that is ImportCreated, as if it were free. At most MaxImport at once. Errors are those of FindPractice.
func (s *People) CheckImport(ctx context.Context, caller Caller, id idp.PracticeID, people []NewUser, now time.Time) (results []ImportResult, err error) {
	if len(people) > MaxImport {
		return nil, idp.Invalid("people", "must be at most %d at once", MaxImport)
	}
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		practice, err := q.practice(ctx, id)
		if err != nil {
			return err
		}
		names := make([]string, len(people))
		results = make([]ImportResult, len(people))
		for i, n := range people {
			names[i], results[i] = checkImported(q.actor, practice, n)
		}
		holders, err := q.ListHolders(ctx, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" }))
		if err != nil {
			return err
		}
		for i := range results {
			if results[i].Err == nil && holders[names[i]] == practice.ID {
				results[i].Outcome = ImportPresent
			}
		}
		return nil
	})
	return results, err
}

// checkImported returns the normalised user name, and what would become of the person if that is free.
func checkImported(actor policy.Actor, practice idp.Practice, n NewUser) (string, ImportResult) {
	n.PracticeID = practice.ID
	username, err := n.check()
	if err == nil && !(n.Password.IsZero() && n.PasswordHash.IsZero() && !n.EmailVerified) {
		err = idp.Invalid("password", "nobody chooses somebody else’s password")
	}
	if err == nil {
		err = firstOf(checkRoles(practice, n.Roles), checkBlocked(practice, nil, n.BlockedApps))
	}
	if answer := policy.MayGrant(actor, idp.User{PracticeID: practice.ID}, n.Roles); err == nil && answer != policy.Permitted {
		err = idp.Invalid("roles", "%s", whyNot(answer))
	}
	if err != nil {
		return "", ImportResult{Outcome: ImportRejected, Err: err}
	}
	return username, ImportResult{Outcome: ImportCreated}
}

// ImportPeople brings people into a practice, without passwords and without inviting them, in one transaction with an event for each
// that names the batch. A person of the practice who has the user name stays as they are, so that an import can be repeated. At most
// MaxImport at once; the results stand in the order of people.
//
// A user name that another practice has is refused as one that can't be used, with an event, because trying names is a way to look for
// people of other practices (ABUSE 26); who tries many is stopped. Errors are about all of them, and then no one was created:
// those of InviteUser.
func (s *People) ImportPeople(ctx context.Context, caller Caller, id idp.PracticeID, batchID string, people []NewUser, now time.Time) (results []ImportResult, err error) {
	if len(people) > MaxImport {
		return nil, idp.Invalid("people", "must be at most %d at once", MaxImport)
	}
	caller.batch = &batch{id: batchID}
	err = s.run(ctx, policy.CommandImportPeople, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.practice(ctx, id)
		if err != nil {
			return err
		}
		if err := c.within(ctx, policy.ImportInto(practice.ID)); err != nil {
			return err
		}
		c.event.Type = "" // each person has an event of their own
		b := newImport(c, len(people))
		for i, n := range people {
			username, result := checkImported(c.actor, practice, n)
			b.results[i] = result
			if result.Err == nil {
				n.PracticeID = practice.ID
				b.users, b.places = append(b.users, n.user(username, idp.Secret{}, now)), append(b.places, i)
			}
		}
		results = b.results
		if err := b.store(ctx); err != nil {
			return err
		}
		return b.hideOthers(ctx, practice.ID)
	})
	var many *tooManyRefused
	if errors.As(err, &many) {
		return nil, s.run(ctx, policy.CommandImportPeople, caller, now, func(_ context.Context, c *command) error {
			if err := refuse(c.needs(policy.Target{Practice: idp.Practice{ID: id}}).Permission); err != nil {
				return err
			}
			c.note("limit", string(many.full.Limit))
			return c.overLimit(many.full)
		})
	}
	if err != nil {
		return nil, err
	}
	return results, nil
}

// tooManyRefused undoes an import that names too many people of other practices: even how many of them there are is not for the caller.
type tooManyRefused struct{ full idp.Reached }

// Error implements error.
func (e *tooManyRefused) Error() string { return "too many user names of other practices" }

// hideOthers answers for user names that other practices have as for ones that can't be used, and leaves an event for each.
func (b *imports) hideOthers(ctx context.Context, practice idp.PracticeID) error {
	var events []idp.AuditEvent
	for i, result := range b.results {
		var refused *idp.Error
		if !errors.As(result.Err, &refused) || refused.Code != idp.CodeConflict {
			continue
		}
		full, err := b.rates.Take(ctx, b.now, policy.RefusedByImport(practice)...)
		if err != nil {
			return err
		}
		if full.Limit != "" {
			return &tooManyRefused{full}
		}
		b.results[i].Err = errUnusable()
		event := done(policy.Describe(b.name).Event, b.caller.Actor, b.now)
		event.PracticeID, event.Result, event.Reason = practice, idp.ResultFailure, idp.ReasonUsernameRefused
		event.Address, event.UserAgent, event.Details = b.caller.Address, b.caller.UserAgent, map[string]string{"batch": b.caller.batch.id}
		events = append(events, event)
	}
	return b.AppendEvents(ctx, events)
}
