package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// MaxBatch is how many people one batch may be about.
const MaxBatch = 500

// Batch is one command for many people.
type Batch struct {
	ID      string // chosen by the surface, random: a batch is carried out once
	Command policy.Command
	Users   []idp.UserID
	Reason  string // in the caller's words, at most 1,000 characters; needed for a command that takes one, or takes something away
}

// batch is what each command of a Batch knows of it.
type batch struct {
	id, reason string
	unchanged  bool // the last command changed nothing
}

// Outcome is what became of one person of a batch.
type Outcome struct {
	User idp.UserID
	Done bool
	Why  string // why not, in words for the caller; "" if Done
}

// BatchCommands are the commands that a batch can give, in the order in which they are offered.
func BatchCommands() []policy.Command {
	return []policy.Command{
		policy.CommandResendInvite, policy.CommandRemindMFA, policy.CommandResetMFA, policy.CommandDisableUser, policy.CommandEnableUser,
	}
}

// NeedsReason reports whether a batch of the command needs a reason: where one person does, and where many lose something at once.
func NeedsReason(c policy.Command) bool {
	d := policy.Describe(c)
	return d.Reason || d.Danger
}

// ActOnMany gives one command for each of many people: by the same rules as singly, each in a transaction of its own with an event of
// its own, which names the batch and the reason. The outcomes stand in the order of the people. A person who is named twice is asked
// once. A batch that was begun is never begun again, whatever became of it.
//
// Errors are about the whole batch, of which nothing was done then: idp.CodeInvalid with field "reason" or "users";
// idp.CodeConflict with a text for a batch that was begun before; a [policy.StaleProofError].
func (s *People) ActOnMany(ctx context.Context, caller Caller, b Batch, now time.Time) ([]Outcome, error) {
	act, err := s.single(b)
	if err != nil {
		return nil, err
	}
	if err := s.mayBegin(ctx, caller, b.Command, now); err != nil {
		return nil, err
	}
	err = s.Ledger.Commit(ctx, func(u Unit) error {
		first, err := u.TakeReminder(ctx, "batch/"+caller.ID+"/"+b.ID, now)
		if err == nil && !first {
			err = &idp.Error{Code: idp.CodeConflict, Public: "This was begun already, and is not done twice."}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	caller.batch = &batch{id: b.ID, reason: plainText(b.Reason)}
	outcomes := make([]Outcome, 0, len(b.Users))
	over := "" // why the rest is not tried
	for i, id := range b.Users {
		if slices.Contains(b.Users[:i], id) {
			continue
		}
		outcome := Outcome{User: id, Why: over}
		if over == "" {
			outcome.Why, over = because(act(ctx, caller, id, now), caller.batch, b.Command)
			outcome.Done = outcome.Why == ""
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes, nil
}

// single checks a batch, and returns its command for one person.
func (s *People) single(b Batch) (func(context.Context, Caller, idp.UserID, time.Time) error, error) {
	if len(b.Users) == 0 || len(b.Users) > MaxBatch {
		return nil, idp.Invalid("users", "Choose 1 to %d people.", MaxBatch)
	}
	reason := plainText(b.Reason)
	if err := checkText("reason", reason, maxNote); err != nil {
		return nil, err
	}
	if reason == "" && NeedsReason(b.Command) {
		return nil, idp.Invalid("reason", "Say why. It stands in the practice’s activity.")
	}
	switch b.Command {
	case policy.CommandResendInvite:
		return s.ResendInvite, nil
	case policy.CommandRemindMFA:
		return s.RemindMFA, nil
	case policy.CommandDisableUser:
		return s.DisableUser, nil
	case policy.CommandEnableUser:
		return s.EnableUser, nil
	case policy.CommandResetMFA:
		return func(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
			return s.ResetMFA(ctx, caller, id, reason, now)
		}, nil
	default:
		return nil, idp.Invalid("command", "can't be given for many people")
	}
}

// mayBegin asks for fresh proofs once, before anything is done. Every command asks again.
func (s *People) mayBegin(ctx context.Context, caller Caller, name policy.Command, now time.Time) error {
	actor, err := identify(ctx, s.Records, caller)
	if err != nil {
		return err
	}
	if proofs := policy.ProofsOf(name, actor); !proofs.MetBy(caller.Proved, now) {
		return &policy.StaleProofError{Command: name, Proofs: proofs, Proved: caller.Proved}
	}
	return nil
}

// because says why a person was not reached; "" if they were. over is why no other will be: it is not tried.
func because(err error, b *batch, name policy.Command) (why, over string) {
	var stale *policy.StaleProofError
	var answer *idp.Error
	switch {
	case err == nil && b.unchanged:
		return nothingToDo(name), ""
	case err == nil:
		return "", ""
	case errors.As(err, &stale): // the session ended, or rights were taken away, since the batch was begun
		over = "You were signed out meanwhile, so this person was not reached."
		return over, over
	case errors.Is(err, idp.ErrNotFound):
		return "There is no such person in your practice.", ""
	case errors.As(err, &answer) && answer.Public != "":
		return answer.Public, ""
	case errors.Is(err, idp.ErrConflict):
		return "This person was changed by somebody else at the same moment. Look, and try again.", ""
	default:
		over = "Something did not answer, so this person was not reached. Try again in a few minutes."
		return over, over
	}
}

// nothingToDo says why the command changed nothing.
func nothingToDo(name policy.Command) string {
	if name == policy.CommandEnableUser {
		return mayEnable(idp.User{State: idp.UserActive})
	}
	return mayDisable(idp.User{State: idp.UserDisabled})
}
