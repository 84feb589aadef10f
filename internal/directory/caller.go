package directory

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Caller is who gives a command, from where, and what they have proved of themselves.
type Caller struct {
	idp.Actor
	Address   string        // the network address; "" for the system
	UserAgent string        // as idp.AuditEvent has it
	Proved    policy.Proved // by a person, at the sign-in of the session that the command comes from
	SID       idp.SID       // that session; "" for a caller without one

	batch *batch // the batch that the command is one of; nil: it was given singly
}

// claim is the caller's claim to have something hashed: a person who gives a command has signed in before.
func (c Caller) claim() authenticator.Claim {
	return authenticator.Claim{Address: c.Address, Account: c.ID, Proved: c.ID != ""}
}

// register is what identify reads: a Unit, or Records.
type register interface {
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// identify reads who asks, with the rights stored now. A caller that is unknown has no rights; the event still names them.
func identify(ctx context.Context, from register, caller Caller) (policy.Actor, error) {
	actor := policy.Actor{Kind: caller.Kind}
	switch caller.Kind {
	case idp.ActorUser, idp.ActorStaff:
		account, err := from.FindAccount(ctx, idp.UserID(caller.ID))
		if err != nil {
			return actor, unlessGone(err)
		}
		actor.User, actor.Practice, actor.Enrolled = account.User, account.Practice, len(account.Authenticators) > 0
	case idp.ActorClient:
		client, err := from.FindClient(ctx, idp.ClientID(caller.ID))
		if err != nil || client.PracticeID == "" {
			return actor, unlessGone(err)
		}
		actor.Client = client
		actor.Practice, err = from.FindPractice(ctx, client.PracticeID)
		if err != nil {
			return actor, err
		}
	}
	return actor, nil
}

func unlessGone(err error) error {
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	return err
}
