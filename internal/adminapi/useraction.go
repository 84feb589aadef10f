package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

type resetMFAInput struct {
	UserPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, for the audit trail."`
	}
}

func (a *API) addUserActions() {
	do := a.deps.People
	action := func(command policy.Command, act func(context.Context, directory.Caller, idp.UserID, time.Time) error) {
		register(a, operation{
			command: command, method: http.MethodPost, path: "/users/{user}/" + command.Verb(), tag: "People", scope: UsersWrite,
		}, onUser(act))
	}
	action(policy.CommandResendInvite, do.ResendInvite)
	action(policy.CommandRevokeInvite, do.RevokeInvite)
	action(policy.CommandResendConfirmation, do.ResendConfirmation)
	action(policy.CommandDisableUser, do.DisableUser)
	action(policy.CommandEnableUser, do.EnableUser)
	action(policy.CommandUnlockUser, do.UnlockUser)
	action(policy.CommandSendPasswordReset, do.SendPasswordReset)
	action(policy.CommandRemindMFA, do.RemindMFA)
	register(a, operation{
		command: policy.CommandResetMFA, method: http.MethodPost, path: "/users/{user}/reset-mfa", tag: "People", scope: MFAReset,
		example: example{"reason": "Lost the phone; called back on the number on file."},
	}, a.resetMFA)
}

func (a *API) resetMFA(ctx context.Context, c call, in *resetMFAInput) (*struct{}, error) {
	return nil, a.deps.People.ResetMFA(ctx, c.Caller, in.User, in.Body.Reason, c.now)
}

// onUser is an action that needs nothing but the person.
func onUser(act func(context.Context, directory.Caller, idp.UserID, time.Time) error) func(context.Context, call, *UserPath) (*struct{}, error) {
	return func(ctx context.Context, c call, in *UserPath) (*struct{}, error) {
		return nil, act(ctx, c.Caller, in.User, c.now)
	}
}
