package directory_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// giving is a command, given by a caller who may give it if they have just proved who they are.
type giving struct {
	by   string
	give try
}

// givings holds every command that needs fresh proofs.
func givings() map[policy.Command]giving {
	manager, staff, own := giver(olivia), giver(riley), giver(tom)
	password, pin := idp.NewSecret("harbour-lantern-copper-88"), idp.NewSecret("580274")
	return map[policy.Command]giving{
		policy.CommandInviteUser: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.InviteUser(ctx, c, directory.Invitation{PracticeID: practiceX, Username: "eve@example.com", Name: "Eve"}, w.now))
		}),
		policy.CommandCreateUser: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CreateUser(ctx, c, directory.NewUser{PracticeID: practiceX, Username: "eve@example.com", Name: "Eve"}, w.now))
		}),
		policy.CommandImportPeople: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ImportPeople(ctx, c, practiceX, "one", []directory.NewUser{{Username: "eve@example.com", Name: "Eve"}}, w.now))
		}),
		policy.CommandEditUser: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.UpdateUser(ctx, c, "usr_"+tom, directory.UserEdit{Version: 1, Name: ptr("Thomas")}, w.now))
		}),
		policy.CommandDisableUser: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.DisableUser(ctx, c, "usr_"+tom, w.now)
		}),
		policy.CommandEnableUser: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.EnableUser(ctx, c, "usr_"+tom, w.now)
		}),
		policy.CommandResetMFA: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ResetMFA(ctx, c, "usr_"+tom, "lost the phone", w.now)
		}),
		policy.CommandEnrolmentCode: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CreateEnrolmentCode(ctx, c, "usr_"+tom, w.now))
		}),
		policy.CommandEditPractice: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.UpdatePractice(ctx, c, practiceX, directory.PracticeEdit{Version: 1, Name: ptr("Renamed")}, w.now))
		}),
		policy.CommandSuspendPractice: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SuspendPractice(ctx, c, practiceX, w.now)
		}),
		policy.CommandResumePractice: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ResumePractice(ctx, c, practiceX, w.now)
		}),
		policy.CommandAddPracticeApp: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.AddApp(ctx, c, practiceX, "contacts", w.now)
		}),
		policy.CommandRemovePracticeApp: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RemoveApp(ctx, c, practiceX, "contacts", w.now)
		}),
		policy.CommandActivateMFA: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.AnswerActivation(ctx, c, activationX, true, "", w.now)
		}),
		policy.CommandDeclineActivation: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.AnswerActivation(ctx, c, activationX, false, "Not yet.", w.now)
		}),
		policy.CommandRequireMFA: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SetMandatory(ctx, c, practiceX, w.now.AddDate(0, 1, 0), w.now)
		}),
		policy.CommandStopRequiringMFA: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SetMandatory(ctx, c, practiceX, time.Time{}, w.now)
		}),
		policy.CommandRegisterClient: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			n := machine(practiceX)
			n.ID, n.Owner, n.Purpose, n.ReviewAt = "another-x", "Olivia", "Reads balances.", w.now.AddDate(1, 0, 0)
			return only2(w.RegisterClient(ctx, c, n, w.now))
		}),
		policy.CommandEditClient: manager(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.EditClient(ctx, c, integrationX, directory.ClientEdit{Version: 1, Owner: ptr("Tom Okafor")}, w.now))
		}),
		policy.CommandAddSecret: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.AddSecret(ctx, c, integrationX, time.Time{}, time.Time{}, w.now))
		}),
		policy.CommandRemoveSecret: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RemoveSecret(ctx, c, integrationX, "sec_1", w.now)
		}),
		policy.CommandOpenCase: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.OpenCase(ctx, c, directory.NewCase{PracticeID: practiceX, UserID: "usr_" + tom, Action: idp.CaseResetMFA, Reason: "lost"}, w.now))
		}),
		policy.CommandApproveCase: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.DecideCase(ctx, c, caseX, true, "", w.now)
		}),
		policy.CommandRefuseCase: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.DecideCase(ctx, c, caseX, false, "No.", w.now)
		}),
		policy.CommandPerformCase: staff(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.PerformCase(ctx, c, caseX, w.now))
		}),
		policy.CommandChangePassword: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ChangePassword(ctx, c, directory.NewPassword{Current: idp.NewSecret("correct-horse-harbour-1"), New: password}, w.now)
		}),
		policy.CommandAddAuthenticator: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.BeginTOTP(ctx, c, w.now))
		}),
		policy.CommandRenameAuthenticator: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RenameAuthenticator(ctx, c, w.account(tom).Authenticators[0].ID, "Work phone", w.now)
		}),
		policy.CommandRemoveAuthenticator: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RemoveAuthenticator(ctx, c, w.account(tom).Authenticators[0].ID, w.now)
		}),
		policy.CommandMakeDefault: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.MakeDefault(ctx, c, w.account(tom).Authenticators[0].ID, w.now)
		}),
		policy.CommandChangePIN: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ChangePIN(ctx, c, pin, pin, w.now)
		}),
		policy.CommandEndOwnSession: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.EndOwnSession(ctx, c, sessionOf(tom, "contacts"), w.now)
		}),
		policy.CommandSignOutEverywhere: own(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SignOutEverywhere(ctx, c, w.now)
		}),
	}
}

// giver makes commands of this person's.
func giver(name string) func(try) giving {
	return func(give try) giving { return giving{by: name, give: give} }
}

// A command that needs fresh proofs is refused here, at the one place that every surface comes through, without them: with proofs
// that are too old, with a password alone, and with none. Nothing is changed, and no event is left. A command that needs fresh
// proofs and has no row fails.
func TestNoCommandIsGivenOnStaleProofs(t *testing.T) {
	rows := givings()
	for _, command := range policy.Commands() {
		_, found := rows[command]
		if needed := policy.Describe(command).Proofs != policy.AnySession; needed != found {
			t.Errorf("%s: needs fresh proofs %t, is tried without them %t", command, needed, found)
		}
	}
	inTown(t, func(t *testing.T, w *town) {
		w.furnish()
		tries := map[string]policy.Proved{
			"none":       {},
			"old":        {ACR: idp.ACRMFA, At: w.now.Add(-policy.Freshness)},
			"a password": {ACR: idp.ACRPassword, At: w.now},
		}
		for command, row := range rows {
			for what, proved := range tries {
				caller := by(row.by)
				caller.Proved = proved
				err := row.give(t.Context(), w, caller)
				var stale *policy.StaleProofError
				if !errors.As(err, &stale) || stale.Command != command || stale.Proofs.ACR != idp.ACRMFA || stale.Proofs.MaxAge != policy.Freshness {
					t.Errorf("%s with proofs that are %s: %v", command, what, err)
				}
			}
		}
		w.untouched()
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("events: %+v", left)
		}
	})
}

// A person without an authenticator has nothing but the password to prove with, and it must have been given lately.
func TestAPasswordIsEnoughForWhoHasNothingElse(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		caller := by(uma)
		caller.Proved = policy.Proved{ACR: idp.ACRPassword, At: w.now.Add(-policy.Freshness)}
		var stale *policy.StaleProofError
		if err := w.SignOutEverywhere(t.Context(), caller, w.now); !errors.As(err, &stale) || stale.Proofs.ACR != "" {
			t.Errorf("an old password: %v", err)
		}
		caller.Proved.At = w.now.Add(time.Second - policy.Freshness)
		w.must(w.SignOutEverywhere(t.Context(), caller, w.now))
	})
}

// Integrations, and the command line on the server itself, have nothing to prove with.
func TestProgramsProveNothing(t *testing.T) {
	for _, kind := range []idp.ActorKind{idp.ActorClient, idp.ActorSystem} {
		for _, command := range policy.Commands() {
			if need := policy.Needs(command, policy.Actor{Kind: kind}, policy.Target{}); need.Proofs != (policy.Proofs{}) {
				t.Errorf("%s needs %+v of a %s", command, need.Proofs, kind)
			}
		}
	}
}

// A command that is not described is refused for every caller.
func TestAnUnknownCommandIsRefused(t *testing.T) {
	for _, kind := range []idp.ActorKind{idp.ActorUser, idp.ActorStaff, idp.ActorClient, idp.ActorSystem} {
		need := policy.Needs("move-money", policy.Actor{Kind: kind}, policy.Target{Link: true})
		if need.Permission == policy.Permitted {
			t.Errorf("a %s may give a command that does not exist", kind)
		}
	}
	if slices.Contains(policy.Commands(), "move-money") {
		t.Error("the command exists")
	}
}
