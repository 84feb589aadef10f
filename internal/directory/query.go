package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// query is one run of a query. It leaves an event only if it is refused: idp.EventAccessRefused, in the caller's own practice
// unless what was asked for is within reach.
type query struct {
	Records
	caller Caller
	actor  policy.Actor
	now    time.Time
	event  idp.AuditEvent
}

// ask runs a query. Whatever work returns as a refusal is on record before the caller is answered.
func (r *runner) ask(ctx context.Context, caller Caller, now time.Time, work func(context.Context, *query) error) error {
	q := &query{Records: r.Records, caller: caller, now: now, event: done(idp.EventAccessRefused, caller.Actor, now)}
	q.event.Result, q.event.Address, q.event.UserAgent = idp.ResultFailure, caller.Address, caller.UserAgent
	actor, err := identify(ctx, r.Records, caller)
	if err != nil {
		return err
	}
	q.actor, q.event.PracticeID = actor, actor.Practice.ID
	err = work(ctx, q)
	var refused *refusal
	if !errors.As(err, &refused) {
		return err
	}
	q.event.Reason = refused.reason
	if err := r.Ledger.Commit(ctx, func(u Unit) error { return u.AppendEvent(ctx, q.event) }); err != nil {
		return err
	}
	return refused.answer
}

// account returns the person whom the query is about, if they are the caller, or policy lets the caller see their practice.
func (q *query) account(ctx context.Context, id idp.UserID) (idp.Account, error) {
	account, err := q.FindAccount(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Account{}, q.unknown("user", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Account{}, err
	}
	if q.isSelf(id) {
		return account, nil
	}
	answer := policy.MayRead(q.actor, account.User.PracticeID)
	if answer == policy.PermissionOtherPractice {
		return idp.Account{}, q.unknown("user", string(id), answer.Reason())
	}
	q.event.PracticeID, q.event.UserID = account.User.PracticeID, account.User.ID
	return account, refuse(answer)
}

// practice returns the practice that the query is about, if policy lets the caller see it.
func (q *query) practice(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	practice, err := q.FindPractice(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Practice{}, q.unknown("practice", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Practice{}, err
	}
	answer := policy.MayRead(q.actor, practice.ID)
	if answer == policy.PermissionOtherPractice {
		return idp.Practice{}, q.unknown("practice", string(id), answer.Reason())
	}
	q.event.PracticeID = practice.ID
	return practice, refuse(answer)
}

// isSelf reports whether the caller is this person, and may use the own account.
func (q *query) isSelf(id idp.UserID) bool {
	return id != "" && q.actor.User.ID == id && policy.MayManageSelf(q.actor) == policy.Permitted
}

func (q *query) unknown(what, name string, reason idp.Reason) error {
	return unknown(&q.event, what, name, reason)
}
