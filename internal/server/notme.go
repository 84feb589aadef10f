package server

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// notMeLife is how long the link in a warning freezes the account: somebody may be on leave when it comes.
const notMeLife = 14 * 24 * time.Hour

// EnqueueNotice queues a notice. One that warns of something and goes by e-mail gets the link "this wasn't me" here, in the same
// transaction, so that no command and no step of a sign-in can forget it.
func (u *unit) EnqueueNotice(ctx context.Context, n idp.Notice) error {
	if !n.Kind.Warns() || n.Email == "" || !n.NotMe.IsZero() {
		return u.Tx.EnqueueNotice(ctx, n)
	}
	account, err := u.FindAccount(ctx, n.UserID)
	if err != nil {
		return err
	}
	n.NotMe = idp.RandomSecret(32)
	err = u.CreateLink(ctx, idp.Link{
		Hash: n.NotMe.Hash(), Purpose: idp.LinkNotMe, PracticeID: account.User.PracticeID, UserID: n.UserID,
		CreatedBy: idp.Actor{Kind: idp.ActorSystem}, CreatedAt: n.At, ExpiresAt: n.At.Add(notMeLife),
	})
	if err != nil {
		return err
	}
	return u.Tx.EnqueueNotice(ctx, n)
}
