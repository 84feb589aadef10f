package signin_test

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// The daily check of a password that is in use (ABUSE 56).

const (
	stolen = "saddle-velvet-tussock-4" // nothing is wrong with it, but that it stands in the list
	better = "lantern-bramble-ferry-7"
	eight  = "kv8#Tq2z" // enough where MFA holds
)

// inBothPairs runs the test on SQLite with the embedded Redis, and on Postgres with Redis. The list of stolen passwords has stolen.
func inBothPairs(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "breached.txt")
	line := fmt.Sprintf("%X:7\n", sha1.Sum([]byte(stolen)))
	if err := os.WriteFile(list, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, stores := range map[string]func(*testing.T) (url, redis string){
		"SQLite":   func(t *testing.T) (string, string) { return storetest.SQLite(t), redisstore.Embedded },
		"Postgres": func(t *testing.T) (string, string) { return storetest.Postgres(t), testenv.Redis(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url, redis := stores(t)
			test(t, newHouseWith(t, url, redis, list))
		})
	}
}

// has stores a password of the person's, as one that was set an hour ago.
func (h *house) has(name, text string) {
	h.t.Helper()
	hash, err := h.passwords.Hash(bg, authenticator.Claim{}, idp.NewSecret(text))
	if err != nil {
		h.t.Fatal(err)
	}
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		account, err := tx.FindAccount(ctx, idp.UserID("usr_"+name))
		if err != nil {
			return err
		}
		account.User.PasswordHash, account.User.PasswordChangedAt = hash, h.now.Add(-time.Hour)
		return tx.UpdateUser(ctx, account.User)
	})
}

// stopsMFA makes MFA no longer a requirement of the practice.
func (h *house) stopsMFA() {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		practice, err := tx.FindPractice(ctx, "prc_mfa")
		if err != nil {
			return err
		}
		practice.MFA = idp.MFAOff
		return tx.UpdatePractice(ctx, practice)
	})
}

// counted counts how often a password is judged.
func (h *house) counted() *int {
	n := 0
	h.judge = func() error { n++; return nil }
	return &n
}

func typed(name, text string) signin.Form {
	return signin.Form{Username: name + "@example.com", Password: idp.NewSecret(text)}
}

func chosen(text string) signin.Form { return signin.Form{NewPassword: idp.NewSecret(text)} }

func notNow() signin.Form { return signin.Form{Action: signin.ActionNotNow} }

// asked lists what the trail of the practice says of weak passwords.
func (h *house) asked(practice idp.PracticeID) (why []idp.Reason) {
	h.t.Helper()
	for _, e := range h.events(practice) {
		if e.Type == idp.EventPasswordWeak {
			why = append(why, e.Reason)
		}
	}
	return why
}

// refusedAs posts a new password, and expects the page again with the reason.
func (b *tab) refusedAs(text string, why policy.PasswordProblem) *tab {
	b.t.Helper()
	out, err := b.try(chosen(text))
	if err != nil {
		b.t.Fatal(err)
	}
	if out.State != signin.StateNewPassword || out.Problem == nil || out.Problem.Field != "new_password" ||
		out.Problem.Code != signin.ProblemPassword || out.Problem.Why != why {
		b.t.Fatalf("%q: at %q, problem %+v, want %q", text, out.State, out.Problem, why)
	}
	return b
}

func TestAStolenPasswordIsAskedAboutOnceADay(t *testing.T) { // ABUSE 56
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("free", stolen)
		judged := h.counted()
		for day := range 2 {
			b := h.open("timesheets").post(typed("free", stolen), signin.StateNewPassword)
			if view := b.view(); view.Weak != policy.PasswordBreached || view.Confirm {
				t.Fatalf("day %d: the page says %q, a code first %v", day, view.Weak, view.Confirm)
			}
			if s := b.post(notNow(), signin.StateDone).finish().Session; s.UserID != "usr_free" || s.ACR != idp.ACRPassword {
				t.Fatalf("day %d: session %+v", day, s)
			}
			h.now = h.now.Add(policy.PasswordCheckAfter - time.Minute)
			h.open("timesheets").post(typed("free", stolen), signin.StateDone).finish()
			if *judged != day+1 {
				t.Errorf("day %d: judged %d times", day, *judged)
			}
			h.now = h.now.Add(time.Minute)
		}
		if why := h.asked("prc_free"); len(why) != 2 || why[0] != policy.PasswordBreached.Reason() {
			t.Errorf("the trail says %q", why)
		}
	})
}

func TestAGoodPasswordIsNeverAskedAbout(t *testing.T) {
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("free", better)
		judged := h.counted()
		for day := range 3 {
			for range 2 {
				h.open("timesheets").post(typed("free", better), signin.StateDone).finish()
			}
			if *judged != day+1 {
				t.Errorf("day %d: judged %d times", day, *judged)
			}
			h.now = h.now.Add(policy.PasswordCheckAfter)
		}
		if why := h.asked("prc_free"); len(why) != 0 {
			t.Errorf("the trail says %q", why)
		}
	})
}

func TestAnotherPasswordIsChosenOnTheWayToTheApp(t *testing.T) { // ABUSE 56
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("free", stolen)
		before := h.open("timesheets").post(typed("free", stolen), signin.StateNewPassword).post(notNow(), signin.StateDone).finish().Session
		h.now = h.now.Add(policy.PasswordCheckAfter)
		h.has("free", stolen)
		other := h.open("timesheets").post(typed("free", stolen), signin.StateNewPassword)
		h.now = h.now.Add(time.Minute + 123*time.Nanosecond) // finer than the stores keep

		b := h.open("timesheets").post(typed("free", stolen), signin.StateDone) // asked in the other tab
		b.finish()
		b = other
		b.refuse(signin.Form{}, signin.ProblemMissing)
		b.refusedAs("twelve-11ch", policy.PasswordShort).refusedAs(stolen, policy.PasswordBreached).
			refusedAs("passwordpassword", policy.PasswordGuessable).refusedAs("kauri lane kauri", policy.PasswordPersonal)
		if still := h.open("timesheets").post(typed("free", stolen), signin.StateDone).finish(); still.Session.UserID != "usr_free" {
			t.Fatal("a password that was refused was stored")
		}
		own := b.post(chosen(better), signin.StateDone).finish().Session
		if !own.EndedAt.IsZero() {
			t.Fatal("the sign-in ended its own session")
		}
		for _, s := range []idp.SID{before.ID} {
			if found, err := h.sql.FindSession(bg, s); err != nil || found.EndedAt.IsZero() {
				t.Errorf("a session outlives its password: %+v, %v", found, err)
			}
		}
		h.open("timesheets").refuse(typed("free", stolen), signin.ProblemCredentials)
		h.open("timesheets").post(typed("free", better), signin.StateDone).finish()
		h.now = h.now.Add(policy.PasswordCheckAfter)
		h.open("timesheets").post(typed("free", better), signin.StateDone).finish()
		changed := 0
		for _, e := range h.events("prc_free") {
			if e.Type == idp.EventPasswordChanged && e.Result == idp.ResultSuccess && e.UserID == "usr_free" && e.Actor.ID == "usr_free" {
				changed++
			}
		}
		if told := len(h.notices.of(idp.NoticePassword)); changed != 1 || told != 1 {
			t.Errorf("%d events, %d notices of the change", changed, told)
		}
	})
}

// A practice stops using MFA. A password of eight characters, which was enough, is now the only factor. The person still has an
// authenticator: who knows only the password must not be able to take the account over with it, so a code comes before the choice.
func TestAShortPasswordWithoutMFAIsAskedAbout(t *testing.T) {
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("app", eight)
		h.open("timesheets").post(typed("app", eight), signin.StateTOTP).post(code(totpAt(t, totpKey, h.now)), signin.StateDone).finish()
		h.stopsMFA()
		h.open("timesheets").post(typed("app", eight), signin.StateDone).finish() // checked today
		h.now = h.now.Add(policy.PasswordCheckAfter)

		b := h.open("timesheets").post(typed("app", eight), signin.StateNewPassword)
		if view := b.view(); view.Weak != policy.PasswordShort || !view.Confirm {
			t.Fatalf("the page says %q, a code first %v", view.Weak, view.Confirm)
		}
		b.post(chosen(better), signin.StateTOTP) // an attacker skips the page of the code
		h.open("timesheets").refuse(typed("app", better), signin.ProblemCredentials)
		if !b.view().Back {
			t.Error("no way back from the code")
		}
		b.post(signin.Form{Action: signin.ActionBack}, signin.StateNewPassword).post(signin.Form{}, signin.StateTOTP)
		b.refuse(code(wrongFor(totpAt(t, totpKey, h.now))), signin.ProblemCodeWrong)
		b.post(code(totpAt(t, totpKey, h.now)), signin.StateNewPassword)
		if b.view().Confirm {
			t.Fatal("a code is asked for twice")
		}
		b.refusedAs("kv8#Tq2y", policy.PasswordShort)
		if s := b.post(chosen(better), signin.StateDone).finish().Session; s.ACR != idp.ACRMFA {
			t.Errorf("session %+v", s)
		}
		h.open("timesheets").refuse(typed("app", eight), signin.ProblemCredentials)
		h.open("timesheets").post(typed("app", better), signin.StateDone).finish()
		if why := h.asked("prc_mfa"); len(why) != 1 || why[0] != policy.PasswordShort.Reason() {
			t.Errorf("the trail says %q", why)
		}
	})
}

// Where MFA is required the question comes after the code, and who has the password alone learns nothing of it, not even by using up
// the question of the day.
func TestTheQuestionComesAfterAllProofs(t *testing.T) {
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("app", stolen)
		h.has("never", stolen)
		b := h.open("timesheets").post(typed("app", stolen), signin.StateTOTP)
		b.post(notNow(), signin.StateTOTP)
		b.refuse(chosen(better), signin.ProblemMissing)
		b.post(signin.Form{Action: signin.ActionBack}, signin.StateTOTP)
		if view := b.view(); view.Weak != policy.PasswordFine || view.Back {
			t.Errorf("the page of the code shows %q, back %v", view.Weak, view.Back)
		}
		if why := h.asked("prc_mfa"); len(why) != 0 {
			t.Errorf("asked before the proofs: %q", why)
		}
		c := totpAt(t, totpKey, h.now)
		b = h.open("timesheets").post(typed("app", stolen), signin.StateTOTP).post(code(c), signin.StateNewPassword)
		if s := b.post(notNow(), signin.StateDone).finish().Session; s.ACR != idp.ACRMFA {
			t.Errorf("session %+v", s)
		}
		h.now = h.now.Add(time.Minute)
		// asked today, and still not in without a code
		h.open("timesheets").post(typed("app", stolen), signin.StateTOTP).post(notNow(), signin.StateTOTP).
			post(code(totpAt(t, totpKey, h.now)), signin.StateDone).finish()

		first := h.open("timesheets").post(typed("never", stolen), signin.StateChoose).post(signin.Form{Kind: idp.KindSMS}, signin.StateSMSSetup)
		first.post(signin.Form{Country: "AU", Phone: "0491 570 006"}, signin.StateSMSVerify).post(code(h.phone.code(t)), signin.StateRecoveryPIN)
		first.post(signin.Form{PIN: idp.NewSecret("739418"), PINConfirm: idp.NewSecret("739418")}, signin.StateNewPassword).
			post(chosen(better), signin.StateDone).finish()
	})
}

// Neither a wrong password nor a right one under a lock is judged: its time would tell strangers more than the answer does.
func TestNothingIsJudgedBeforeThePasswordCounts(t *testing.T) { // ABUSE 26
	h := newHouse(t)
	h.has("free", "passwordpassword")
	judged := h.counted()
	for range policy.MaxFailures {
		if _, err := h.open("timesheets").try(typed("free", "wrong-wrong-wrong")); err != nil {
			t.Fatal(err)
		}
	}
	h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateEnded)
	h.open("timesheets").refuse(typed("nobody", "passwordpassword"), signin.ProblemCredentials)
	h.has("disabled", "passwordpassword")
	h.open("timesheets").refuse(typed("disabled", "passwordpassword"), signin.ProblemCredentials)
	if *judged != 0 {
		t.Fatalf("judged %d times", *judged)
	}
	h.now = h.now.Add(time.Hour)
	h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateNewPassword)
	if *judged != 1 {
		t.Fatalf("judged %d times", *judged)
	}
}

// A right password that is judged beside four wrong ones is settled anew after that: it neither counts as wrong, nor passes a lock that
// came meanwhile.
func TestALockThatComesWhileAPasswordIsJudgedHolds(t *testing.T) { // ABUSE 17
	h := newHouse(t)
	h.has("free", "passwordpassword")
	h.judge = func() error {
		h.judge = nil
		for range policy.MaxFailures {
			if _, err := h.open("timesheets").try(typed("free", "wrong-wrong-wrong")); err != nil {
				return err
			}
		}
		return nil
	}
	b := h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateEnded)
	if got := b.view().Ending; got != signin.EndingLocked {
		t.Fatalf("ended as %q", got)
	}
}

// Nothing of the person is locked while the password is judged: with SQLite's one writer this change would wait for ever.
func TestNothingIsLockedWhileAPasswordIsJudged(t *testing.T) {
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("free", stolen)
		h.judge = func() error {
			ctx, cancel := context.WithTimeout(bg, 10*time.Second)
			defer cancel()
			return h.sql.InTx(ctx, func(tx *sqlstore.Tx) error {
				account, err := tx.FindAccount(ctx, "usr_free")
				if err != nil {
					return err
				}
				account.User.Name = "Another Name"
				return tx.UpdateUser(ctx, account.User)
			})
		}
		h.open("timesheets").post(typed("free", stolen), signin.StateNewPassword)
	})
}

// stuckChecks is a Redis that does not answer for the checks.
type stuckChecks struct{}

func (stuckChecks) IsKept(context.Context, string, time.Time) (bool, error) {
	return false, idp.ErrUnavailable
}
func (stuckChecks) Keep(context.Context, string, time.Time) error { return idp.ErrUnavailable }

// forgetfulChecks is one that keeps nothing.
type forgetfulChecks struct{ signin.PasswordChecks }

func (forgetfulChecks) Keep(context.Context, string, time.Time) error { return idp.ErrUnavailable }

// The check is advice: whatever does not answer, the sign-in goes on, and the check is made up for later.
func TestASignInGoesOnWithoutTheCheck(t *testing.T) {
	h := newHouse(t)
	h.has("free", "passwordpassword")
	working := h.checks

	h.checks = stuckChecks{}
	h.Service = h.node()
	h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateDone).finish()

	h.checks = working
	h.Service = h.node()
	h.judge = func() error { return idp.ErrUnavailable }
	h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateDone).finish()

	h.checks, h.judge = forgetfulChecks{working}, nil
	h.Service = h.node()
	for range 2 { // what was not kept is only asked again
		h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateNewPassword).post(notNow(), signin.StateDone).finish()
	}
}

func TestTheFormOfANewPasswordIsOneBrowsers(t *testing.T) { // ABUSE 23
	h := newHouse(t)
	h.has("free", "passwordpassword")
	b := h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateNewPassword)
	for what, cookie := range map[string]idp.Secret{"none": {}, "another": idp.RandomSecret(32)} {
		for _, form := range []signin.Form{chosen(better), notNow()} {
			thief := *b
			thief.browser.Cookie = cookie
			var again *signin.Restarted
			if _, err := thief.try(form); !errors.As(err, &again) || again.Begun.State != signin.StatePassword {
				t.Errorf("with the cookie %q: %v", what, err)
			}
		}
	}
	b.post(notNow(), signin.StateDone).finish()
	h.open("timesheets").refuse(typed("free", better), signin.ProblemCredentials)
	if out, err := b.try(chosen(better)); err == nil {
		t.Errorf("a stale form came to %q", out.State)
	}
}

// What the proofs were checked against may change while the page is open, and the proofs grow old.
func TestAPageThatWasOpenTooLongStartsAgain(t *testing.T) { // ABUSE 48
	h := newHouse(t)
	h.has("free", "passwordpassword")
	for what, form := range map[string]signin.Form{"choosing": chosen(better), "not now": notNow()} {
		b := h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateNewPassword)
		h.has("free", "passwordpassword") // somebody resets it, to whatever
		h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
			account, err := tx.FindAccount(ctx, "usr_free")
			if err != nil {
				return err
			}
			account.User.PasswordChangedAt = h.now
			return tx.UpdateUser(ctx, account.User)
		})
		var again *signin.Restarted
		if _, err := b.try(form); !errors.As(err, &again) {
			t.Errorf("%s after the password was changed elsewhere: %v", what, err)
		}
		h.now = h.now.Add(policy.PasswordCheckAfter)
	}
	b := h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateNewPassword)
	h.now = h.now.Add(policy.Freshness)
	var again *signin.Restarted
	if _, err := b.try(chosen(better)); !errors.As(err, &again) {
		t.Errorf("with old proofs: %v", err)
	}
	h.open("timesheets").refuse(typed("free", better), signin.ProblemCredentials)
	b.post(notNow(), signin.StateDone).finish() // which grants no more than the sign-in did
}

// MFA becomes a requirement while the page is open: the sign-in must not end with the password alone.
func TestAPageThatWasOpenWhenMFACameStartsAgain(t *testing.T) { // ABUSE 48
	h := newHouse(t)
	h.has("free", "passwordpassword")
	pages := map[string]signin.Form{"choosing": chosen(better), "not now": notNow()}
	open := map[string]*tab{}
	for what := range pages {
		open[what] = h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateNewPassword)
		h.now = h.now.Add(policy.PasswordCheckAfter)
	}
	h.now = h.now.Add(-2 * policy.PasswordCheckAfter) // back to when the first was opened
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		practice, err := tx.FindPractice(ctx, "prc_free")
		if err != nil {
			return err
		}
		practice.MFA = idp.MFAActive
		return tx.UpdatePractice(ctx, practice)
	})
	for what, form := range pages {
		var again *signin.Restarted
		if out, err := open[what].try(form); !errors.As(err, &again) {
			t.Errorf("%s: came to %q, %v", what, out.State, err)
		}
	}
	h.open("timesheets").refuse(typed("free", better), signin.ProblemCredentials)
	h.open("timesheets").post(typed("free", "passwordpassword"), signin.StateChoose)
}

// Two posts of the form at once, as of a double click: the password is stored once, and the sign-in comes to its end.
func TestANewPasswordSentTwice(t *testing.T) {
	inBothPairs(t, func(t *testing.T, h *house) {
		h.has("free", stolen)
		b := h.open("timesheets").post(typed("free", stolen), signin.StateNewPassword)
		second := b.twin()
		var outs [2]signin.Outcome
		var errs [2]error
		var wg sync.WaitGroup
		for i, each := range []*tab{b, second} {
			wg.Go(func() { outs[i], errs[i] = each.try(chosen(better)) })
		}
		wg.Wait()
		done := 0
		for i := range outs {
			var again *signin.Restarted
			switch {
			case errs[i] == nil && outs[i].State == signin.StateDone:
				done++
			case errs[i] == nil && outs[i].Problem != nil && outs[i].Problem.Code == signin.ProblemSentTwice:
			case errors.As(errs[i], &again): // the other post has stored the password, and has not moved the sign-in yet
			default:
				t.Errorf("post %d: %+v, %v", i, outs[i], errs[i])
			}
		}
		if done == 0 {
			t.Fatal("neither post came to the end")
		}
		if told := len(h.notices.of(idp.NoticePassword)); told != 1 {
			t.Errorf("%d changes", told)
		}
		h.open("timesheets").post(typed("free", better), signin.StateDone).finish()
	})
}
