package directory

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Caller is who gives a command, and from where.
type Caller struct {
	idp.Actor
	Address   string // the network address; "" for the system
	UserAgent string // as idp.AuditEvent has it
}

// register is what identify reads: a Unit, or Records.
type register interface {
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// identify reads who asks, with the rights stored now. Somebody unknown has no rights; the event still names them.
func identify(ctx context.Context, from register, caller Caller) (policy.Doer, error) {
	doer := policy.Doer{Kind: caller.Kind}
	switch caller.Kind {
	case idp.ActorUser, idp.ActorStaff:
		account, err := from.FindAccount(ctx, idp.UserID(caller.ID))
		if err != nil {
			return doer, unlessGone(err)
		}
		doer.User, doer.Practice = account.User, account.Practice
	case idp.ActorClient:
		client, err := from.FindClient(ctx, idp.ClientID(caller.ID))
		if err != nil || client.PracticeID == "" {
			return doer, unlessGone(err)
		}
		doer.Client = client
		doer.Practice, err = from.FindPractice(ctx, client.PracticeID)
		if err != nil {
			return doer, err
		}
	}
	return doer, nil
}

func unlessGone(err error) error {
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	return err
}
