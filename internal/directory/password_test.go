package directory_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

func (w *town) changeTo(current, next string) error {
	return w.ChangePassword(w.t.Context(), by(tom), directory.NewPassword{Current: idp.NewSecret(current), New: idp.NewSecret(next)}, w.now)
}

func (w *town) wantPassword(text string) {
	w.t.Helper()
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Memory: testenv.HashMemory})
	w.must(err)
	got, err := passwords.Verify(w.t.Context(), authenticator.Claim{}, w.account(tom).User.PasswordHash, idp.NewSecret(text))
	w.must(err)
	if !got.OK {
		w.t.Errorf("the password is not %q", text)
	}
}

func TestChangedPasswordIsTheNewOne(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(time.Hour)
		w.must(w.changeTo(password, newPassword))
		w.wantPassword(newPassword)
		user := w.account(tom).User
		if !user.PasswordChangedAt.Equal(w.now) || !user.PasswordResetAt.IsZero() {
			t.Errorf("changed %s, reset %s", user.PasswordChangedAt, user.PasswordResetAt)
		}
		if len(w.notices) != 2 || w.notices[0].Kind != idp.NoticePassword || w.notices[0].Email != "tom@example.com" ||
			w.notices[1].Email != "" || w.notices[1].Phone.Reveal() != phone { // ABUSE 30
			t.Errorf("notices %+v", w.notices)
		}
	})
}

// ABUSE 56: what an attacker tries first is refused wherever a password is set, with the reason at the field, and stays unset.
func TestPasswordsThatAreTriedFirst(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, invited := w.invited("nell.lindqvist@example.com")
		practice, err := w.store.FindPractice(ctx, practiceX)
		w.must(err)
		practice.Name = "Harbour & Finch"
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, practice) })
		for bad, reason := range map[string]policy.PasswordProblem{
			"passwordpassword": policy.PasswordGuessable, "123456789012345": policy.PasswordDigits, "harbourfinch2026": policy.PasswordPersonal,
			"contactstimesheets": policy.PasswordPersonal, "seven77": policy.PasswordShortWithMFA,
		} {
			for way, err := range map[string]error{
				"change": w.changeTo(password, bad),
				"reset":  w.ResetByLink(ctx, origin(), w.mailed(tom, idp.LinkPasswordReset), idp.NewSecret(bad), w.now),
				"invite": w.AcceptInvite(ctx, origin(), invited, idp.NewSecret(bad), w.now),
			} {
				var refused *idp.Error
				if !errors.As(err, &refused) || refused.Field != "new_password" || refused.Public != reason.Text() {
					t.Errorf("%s: %q: %v", way, bad, err)
				}
			}
		}
		w.wantPassword(password)
		err = w.AcceptInvite(ctx, origin(), invited, idp.NewSecret("lindqvist-nell-1"), w.now)
		wantField(t, err, "new_password")
		w.must(w.changeTo(password, "kv8#Tq2z")) // eight characters: the practice has MFA
	})
}

func TestPasswordsThatCannotBeChosen(t *testing.T) { // ABUSE 42
	inTown(t, func(t *testing.T, w *town) {
		for _, bad := range []string{"", "short", strings.Repeat("ab", 600), "correct\x00horse-battery", "\xff-correct-horse-battery", "tom@example.com", "aaaaaaaaaaaaaaaaaaaa"} {
			wantField(t, w.changeTo(password, bad), "new_password")
			err := w.ResetByLink(t.Context(), origin(), w.mailed(tom, idp.LinkPasswordReset), idp.NewSecret(bad), w.now)
			wantField(t, err, "new_password")
		}
		wantField(t, w.changeTo(strings.Repeat("a", 1<<20), newPassword), "current_password")
		w.wantPassword(password)
		if over := w.ended(); len(over) != 0 {
			t.Errorf("ended %v", over)
		}
	})
}

// ABUSE 17: an attacker who finds an open page guesses the current password there, from any number of tabs and apps that share the
// sign-in: five guesses are evaluated. The owner's sign-ins elsewhere count for themselves.
func TestGuessesOfTheCurrentPasswordLock(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		here := by(tom)
		here.SID = sessionOf(tom, "timesheets")
		var guesses sync.WaitGroup
		for range 12 {
			guesses.Go(func() {
				err := w.ChangePassword(t.Context(), here, directory.NewPassword{Current: idp.NewSecret("wrong-horse-harbour-1"), New: idp.NewSecret(newPassword)}, w.now)
				switch idp.CodeOf(err) {
				case idp.CodeInvalid, idp.CodeBusy:
				default:
					t.Errorf("a wrong guess: %v", err)
				}
			})
		}
		guesses.Wait()
		if g := w.guard(policy.StandingGuard(string(here.SID)), idp.ProofPassword); !g.Locked || g.Failures != policy.MaxFailures {
			t.Fatalf("guard %+v", g)
		}
		right := directory.NewPassword{Current: idp.NewSecret(password), New: idp.NewSecret(newPassword)}
		if err := w.ChangePassword(t.Context(), here, right, w.now); idp.CodeOf(err) != idp.CodeBusy {
			t.Errorf("the right one while locked: %v", err)
		}
		w.wantPassword(password)
		reasons := map[idp.Reason]int{}
		for _, e := range w.fresh() {
			if e.Type == idp.EventPasswordChanged {
				reasons[e.Reason]++
			}
		}
		if reasons["wrong_password"] != policy.MaxFailures || reasons["locked"] != 12-policy.MaxFailures+1 {
			t.Errorf("events %v", reasons)
		}
		if over := w.ended(); len(over) != 0 {
			t.Errorf("ended %v", over)
		}
		elsewhere := here
		elsewhere.SID = sessionOf(tom, "contacts")
		w.must(w.ChangePassword(t.Context(), elsewhere, right, w.now))
		w.wantPassword(newPassword)
	})
}

// ABUSE 17: a session that joined another app's sign-in has the counter of that sign-in: entering further apps gives no new guesses.
func TestAppsOfOneSignInShareTheGuesses(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		first, joined := by(tom), by(tom)
		first.SID, joined.SID = sessionOf(tom, "timesheets"), "ses_joined"
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.StartSession(ctx, idp.Session{
				ID: joined.SID, PracticeID: practiceX, UserID: "usr_" + tom, ClientID: "contacts", BrowserHash: idp.HashToken("joined"),
				ACR: idp.ACRMFA, AuthTime: w.now, CreatedAt: w.now, ExpiresAt: w.now.Add(24 * time.Hour), LastActivity: w.now, SignOn: first.SID,
			})
		})
		for range policy.MaxFailures {
			err := w.ChangePassword(t.Context(), first, directory.NewPassword{Current: idp.NewSecret("wrong-horse-harbour-1"), New: idp.NewSecret(newPassword)}, w.now)
			wantField(t, err, "current_password")
		}
		err := w.ChangePassword(t.Context(), joined, directory.NewPassword{Current: idp.NewSecret(password), New: idp.NewSecret(newPassword)}, w.now)
		wantCode(t, "a sixth try in the other app", err, idp.CodeBusy)
	})
}

// ABUSE 18: an attacker who knows only an address enters wrong passwords until every counter of the sign-in is locked. The owner, who
// is signed in, still changes the password; and can then sign in with the new one wherever they like.
func TestWrongPasswordsFromElsewhereDoNotStopAChange(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, counter := range policy.PasswordGuards("tom@example.com") {
			w.lockOut(counter, w.now.Add(time.Hour))
		}
		w.must(w.changeTo(password, newPassword))
		w.wantPassword(newPassword)
		for _, counter := range policy.PasswordGuards("tom@example.com") {
			if g := w.guard(counter, idp.ProofPassword); g.Locked || g.Failures != 0 {
				t.Errorf("still locked for the new password: %+v", g)
			}
		}
	})
}

// ABUSE 19, 24: a stolen mailbox gives a new password, and nothing more: MFA stays, the recovery PIN rests.
func TestResetByLinkKeepsMFA(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(time.Hour)
		w.lockOut(policy.PasswordGuard("tom@example.com"), w.now.Add(time.Hour))
		w.must(w.ResetByLink(t.Context(), origin(), w.mailed(tom, idp.LinkPasswordReset), idp.NewSecret(newPassword), w.now))
		w.wantPassword(newPassword)
		if g := w.guard("username:tom@example.com", idp.ProofPassword); g.Locked || g.Failures != 0 {
			t.Errorf("still locked: %+v", g)
		}
		account := w.account(tom)
		if len(account.Authenticators) != 2 || account.PIN == nil {
			t.Errorf("MFA changed: %+v", account)
		}
		if use := policy.MayUsePIN(account, w.now.Add(23*time.Hour)); use != policy.PINPaused {
			t.Errorf("the PIN is %s", use)
		}
		if account.User.EmailVerifiedAt != w.now {
			t.Errorf("the mailbox was proved at %s", account.User.EmailVerifiedAt)
		}
	})
}

// A sign-in that has just proved a weak password may replace it: by the same rules as the person does on their own pages, with the same
// event and the same end of all sessions, and with no weaker proofs.
func TestRenewedPasswordIsTheNewOne(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.fresh()
		w.now = w.now.Add(time.Hour + 123*time.Nanosecond) // finer than the stores keep
		caller := by(tom)
		caller.SID, caller.Proved.At = "", w.now
		of := w.account(tom).User.PasswordChangedAt
		renew := func(caller directory.Caller, of time.Time, text string) (time.Time, error) {
			return w.RenewPassword(t.Context(), caller, of, idp.NewSecret(text), w.now)
		}
		_, err := renew(caller, of, "passwordpassword")
		wantField(t, err, "new_password")
		var refused *policy.PasswordError
		if !errors.As(err, &refused) || refused.Problem != policy.PasswordGuessable {
			t.Errorf("a weak one: %v", err)
		}
		for what, proved := range map[string]policy.Proved{
			"none": {}, "old": {ACR: idp.ACRMFA, At: w.now.Add(-policy.Freshness)}, "a password": {ACR: idp.ACRPassword, At: w.now},
		} {
			weak := caller
			weak.Proved = proved
			var stale *policy.StaleProofError
			if _, err := renew(weak, of, newPassword); !errors.As(err, &stale) || stale.Command != policy.CommandChangePassword {
				t.Errorf("with proofs that are %s: %v", what, err)
			}
		}
		if _, err := renew(caller, of.Add(-time.Second), newPassword); !errors.Is(err, idp.ErrConflict) {
			t.Errorf("instead of another password than the one that was proved: %v", err)
		}
		w.wantPassword(password)
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("events of what did not happen: %+v", left)
		}

		changed, err := renew(caller, of, newPassword)
		w.must(err)
		w.wantPassword(newPassword)
		if stored := w.account(tom).User.PasswordChangedAt; !stored.Equal(changed) {
			t.Errorf("changed at %s, answered %s", stored, changed)
		}
		if !slices.Contains(w.ended(), sessionOf(tom, "contacts")) {
			t.Error("a session outlives its password")
		}
		counts := map[idp.EventType]int{}
		for _, e := range w.fresh() {
			counts[e.Type]++
		}
		if counts[idp.EventPasswordChanged] != 1 || counts[idp.EventSessionEnded] == 0 {
			t.Errorf("events %v", counts)
		}
		if _, err := renew(caller, of, "another-lantern-meadow-7"); !errors.Is(err, idp.ErrConflict) {
			t.Errorf("a second time: %v", err)
		}
	})
}
