package server

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// ownPasswords lets a sign-in ask package directory about the person's own password, and replace it as the person does on the pages of
// their account.
type ownPasswords struct{ account *directory.Account }

var _ signin.OwnPasswords = ownPasswords{}

// Judge implements signin.OwnPasswords.
func (o ownPasswords) Judge(ctx context.Context, password idp.Secret, account idp.Account, now time.Time) (policy.PasswordProblem, error) {
	return o.account.JudgePassword(ctx, password, account, now)
}

// Renew implements signin.OwnPasswords.
func (o ownPasswords) Renew(ctx context.Context, r signin.Renewal, now time.Time) (time.Time, error) {
	caller := directory.Caller{
		Actor: idp.Actor{Kind: idp.ActorUser, ID: string(r.UserID)}, Address: r.Address, UserAgent: r.UserAgent, Proved: r.Proved,
	}
	return o.account.RenewPassword(ctx, caller, r.Of, r.New, now)
}
