package directory_test

import (
	"context"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func peopleReach() map[string]reach {
	token := reach{why: "the link is the right"}
	return map[string]reach{
		"CreateUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CreateUser(ctx, c, directory.NewUser{PracticeID: practiceX, Username: "eve@example.com", Name: "Eve"}, w.now))
		}),
		"InviteUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.InviteUser(ctx, c, directory.Invitation{PracticeID: practiceX, Username: "eve@example.com", Name: "Eve"}, w.now))
		}),
		"ListUsers": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.ListUsers(ctx, c, practiceX, directory.UserQuery{}, page(), w.now))
		}),
		"BrowseUsers": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.BrowseUsers(ctx, c, practiceX, directory.UserQuery{}, directory.UserPage{}, w.now))
		}),
		"ListEvents": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.ListEvents(ctx, c, practiceX, directory.EventQuery{}, page(), w.now))
		}),
		"ExportEvents": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ExportEvents(ctx, c, practiceX, directory.EventQuery{}, w.now))
		}),
		"ResendInvite": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ResendInvite(ctx, c, "usr_"+uma, w.now)
		}),
		"ResendConfirmation": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ResendConfirmation(ctx, c, "usr_"+uma, w.now)
		}),
		"RevokeInvite": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RevokeInvite(ctx, c, "usr_"+uma, w.now)
		}),
		"DisableUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.DisableUser(ctx, c, "usr_"+uma, w.now)
		}),
		"EnableUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.EnableUser(ctx, c, "usr_"+uma, w.now)
		}),
		"UnlockUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.UnlockUser(ctx, c, "usr_"+uma, w.now)
		}),
		"ResetMFA": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ResetMFA(ctx, c, "usr_"+uma, "lost the phone", w.now)
		}),
		"RemindMFA": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RemindMFA(ctx, c, "usr_"+uma, w.now)
		}),
		"CreateEnrolmentCode": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CreateEnrolmentCode(ctx, c, "usr_"+uma, w.now))
		}),
		"SendPasswordReset": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SendPasswordReset(ctx, c, "usr_"+uma, w.now)
		}),
		"UpdateUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.UpdateUser(ctx, c, "usr_"+uma, directory.UserEdit{Version: 1, Name: ptr("Eve")}, w.now))
		}),
		"FindUser": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.FindUser(ctx, c, "usr_"+uma, w.now))
		}),
		"ListUserSessions": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ListUserSessions(ctx, c, "usr_"+uma, w.now))
		}),
		"EndSession": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.EndSession(ctx, c, sessionOf(uma, "contacts"), w.now)
		}),
		"ExplainSignin": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ExplainSignin(ctx, c, "usr_"+uma, "contacts", w.now))
		}),
		"CheckImport": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CheckImport(ctx, c, practiceX, []directory.NewUser{{Username: "eve@example.com", Name: "Eve"}}, w.now))
		}),
		"ImportPeople": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ImportPeople(ctx, c, practiceX, "one", []directory.NewUser{{Username: "eve@example.com", Name: "Eve"}}, w.now))
		}),
		"ActOnMany": {why: "each person of it is a command of its own: see TestABatchReachesWhomItsGiverReaches"},
		"SearchPeople": closed("APS alone may, whatever is named", func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.SearchPeople(ctx, c, "uma@example.com", w.now))
		}),
		"ViewLink": token, "AcceptInvite": token, "ResetByLink": token, "UnlockByLink": token, "ConfirmByLink": token, "FreezeByLink": token,
		"RequestPasswordReset": {why: "anybody may ask, and learns nothing"}, "RequestUnlock": {why: "anybody may ask, and learns nothing"},
		"Answer": {why: "of the worker, not of a caller"},
		"Sift":   {why: "of the node, with what a visitor asked"},
	}
}

// ownReach are the commands on the own account: there is no way to name another person's.
func ownReach() map[string]reach {
	own := reach{why: "of the own account"}
	ofTom := func(method func(context.Context, *town, idp.AuthenticatorID) error) reach {
		return reach{why: own.why, foreign: func(ctx context.Context, w *town) error {
			return method(ctx, w, w.account(tom).Authenticators[0].ID)
		}}
	}
	return map[string]reach{
		"ChangePassword": own, "RenewPassword": own, "ChangePIN": own, "SignOutEverywhere": own, "BeginTOTP": own, "BeginSMS": own, "ResendSMS": own,
		"ViewSetup": own, "ConfirmAuthenticator": own, "ListHelpers": own, "BeginPasskey": own, "ConfirmPasskey": own, "AcceptedPasskeys": own,
		"HasPasskeys":   {why: "of the installation"},
		"JudgePassword": {why: "is given the account by a sign-in that has proved it, and changes nothing"},
		"FindAuthenticator": ofTom(func(ctx context.Context, w *town, id idp.AuthenticatorID) error {
			return only(w.FindAuthenticator(ctx, by(bob), id, w.now))
		}),
		"RenameAuthenticator": ofTom(func(ctx context.Context, w *town, id idp.AuthenticatorID) error {
			return w.RenameAuthenticator(ctx, by(bob), id, "mine", w.now)
		}),
		"MakeDefault": ofTom(func(ctx context.Context, w *town, id idp.AuthenticatorID) error {
			return w.MakeDefault(ctx, by(bob), id, w.now)
		}),
		"RemoveAuthenticator": ofTom(func(ctx context.Context, w *town, id idp.AuthenticatorID) error {
			return w.RemoveAuthenticator(ctx, by(bob), id, w.now)
		}),
		"EndOwnSession": {why: own.why, foreign: func(ctx context.Context, w *town) error {
			return w.EndOwnSession(ctx, by(bob), sessionOf(tom, "contacts"), w.now)
		}},
		"BindAuthenticator": closed(forShell, func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.BindAuthenticator(ctx, c, directory.NewAuthenticator{
				PracticeID: practiceX, UserID: "usr_" + uma, Kind: idp.KindSMS, Country: "AU", Phone: phone,
			}, w.now))
		}),
		"SetPIN": closed(forShell, func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SetPIN(ctx, c, directory.NewPIN{PracticeID: practiceX, UserID: "usr_" + uma, PIN: idp.NewSecret("580341")}, w.now)
		}),
	}
}

// shellReach are the methods of the machine's own shell.
func shellReach() map[string]reach {
	pure := reach{why: "looks at what it is given, and at nothing else"}
	return map[string]reach{
		"ImportUsers": closed(forShell, func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ImportUsers(ctx, c, []directory.NewUser{{PracticeID: practiceX, Username: "eve@example.com", Name: "Eve"}}, w.now))
		}),
		"RecoverEnrolment": closed(forShell, func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.RecoverEnrolment(ctx, c, directory.Recovery{Username: "uma@example.com", Anybody: true}, w.now))
		}),
		"RecoverUser": closed(forShell, func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.RecoverUser(ctx, c, directory.Recovery{Username: "uma@example.com", Anybody: true}, w.now))
		}),
		"Together":      {why: "its commands have their callers"},
		"CheckPractice": pure, "CheckClient": pure, "CheckPerson": pure,
	}
}
