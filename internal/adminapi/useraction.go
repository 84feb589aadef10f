package adminapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type resetMFAInput struct {
	UserPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, for the audit trail."`
	}
}

func (a *API) addUserActions() {
	do := a.deps.Directory
	action := func(name, summary, about string, fresh bool, act func(context.Context, directory.Caller, idp.UserID, time.Time) error) {
		register(a, operation{
			id: name, method: http.MethodPost, path: "/users/{user}/" + strings.TrimSuffix(name, "-user"), tag: "People", scope: UsersWrite, fresh: fresh,
			summary: summary, about: about,
		}, onUser(act))
	}
	action("resend-invite", "Send the invitation again", "With a new link; the old one ends.", false, do.ResendInvite)
	action("revoke-invite", "Take the invitation back", "The person is disabled.", false, do.RevokeInvite)
	action("disable-user", "Disable a person", "They can't sign in, and all their sessions end.", true, do.DisableUser)
	action("enable-user", "Enable a person", "They can sign in again. No session comes back.", true, do.EnableUser)
	action("unlock-user", "Unlock a person", "Ends the locks of password, code and PIN.", false, do.UnlockUser)
	action("send-password-reset", "Send a password reset", "A link by e-mail, with which the person chooses a new password.", false, do.SendPasswordReset)
	register(a, operation{
		id: "reset-mfa", method: http.MethodPost, path: "/users/{user}/reset-mfa", tag: "People", scope: MFAReset, fresh: true,
		summary: "Reset a person's MFA",
		about:   "Removes the authenticators and the recovery PIN and ends all sessions. The next sign-in asks to set MFA up where it is required. The person is told.",
		example: example{"reason": "Lost the phone; called back on the number on file."},
	}, a.resetMFA)
}

func (a *API) resetMFA(ctx context.Context, c call, in *resetMFAInput) (*struct{}, error) {
	return nil, a.deps.Directory.ResetMFA(ctx, c.Caller, in.User, in.Body.Reason, c.now)
}

// onUser is an action that needs nothing but the person.
func onUser(act func(context.Context, directory.Caller, idp.UserID, time.Time) error) func(context.Context, call, *UserPath) (*struct{}, error) {
	return func(ctx context.Context, c call, in *UserPath) (*struct{}, error) {
		return nil, act(ctx, c.Caller, in.User, c.now)
	}
}
