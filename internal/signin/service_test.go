package signin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

var bg = context.Background()

func TestFirstSigninWithAnApp(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets").post(login("never"), signin.StateChoose).post(signin.Form{Kind: idp.KindTOTP}, signin.StateTOTPSetup)
	key := strings.ReplaceAll(b.view().TOTPKey, " ", "")
	b.refuse(code(wrongFor(totpAt(t, key, h.now))), signin.ProblemCodeWrong)
	if again := strings.ReplaceAll(b.view().TOTPKey, " ", ""); again != key {
		t.Fatal("a wrong code changed the key") // ABUSE 25
	}
	b.post(code(totpAt(t, key, h.now)), signin.StateRecoveryPIN)
	b.refuse(signin.Form{PIN: idp.NewSecret("123456"), PINConfirm: idp.NewSecret("123456")}, signin.ProblemPINRun)
	b.refuse(signin.Form{PIN: idp.NewSecret("739418"), PINConfirm: idp.NewSecret("739419")}, signin.ProblemPINMismatch)
	done := b.post(signin.Form{PIN: idp.NewSecret("73 94-18"), PINConfirm: idp.NewSecret("739418")}, signin.StateDone).finish()

	s := done.Session
	if s.ACR != idp.ACRMFA || len(s.AMR) != 3 || s.UserID != "usr_never" || s.ClientID != "timesheets" || s.PracticeID != "prc_mfa" {
		t.Errorf("session %+v", s)
	}
	account, err := h.sql.FindAccount(bg, "usr_never")
	if err != nil {
		t.Fatal(err)
	}
	if want := (idp.Factor{Kind: idp.KindTOTP, ID: account.Authenticators[0].ID, At: h.now}); len(s.Factors) != 1 || s.Factors[0] != want {
		t.Errorf("factors %+v, want %+v", s.Factors, want)
	}
	if !s.ExpiresAt.Equal(h.now.Add(24*time.Hour)) || s.BrowserHash != b.browser.Cookie.Hash() {
		t.Errorf("session %+v", s)
	}
	if len(h.notices.of(idp.NoticeMFASetUp)) != 1 {
		t.Error("the user was not told that MFA was set up")
	}
	later := h.open("contacts").post(login("never"), signin.StateTOTP)
	later.refuse(code(totpAt(t, key, h.now)), signin.ProblemCodeUsed) // the set-up used that step: ABUSE 16
	h.now = h.now.Add(30 * time.Second)
	again := later.post(code(totpAt(t, key, h.now)), signin.StateDone).finish().Session
	if want := (idp.Factor{Kind: idp.KindTOTP, ID: s.Factors[0].ID, At: h.now}); len(again.Factors) != 1 || again.Factors[0] != want {
		t.Errorf("factors of a later sign-in: %+v, want %+v", again.Factors, want)
	}
}

func TestSigninWithoutMFA(t *testing.T) {
	h := newHouse(t)
	s := h.open("timesheets").post(login("free"), signin.StateDone).finish().Session
	if s.ACR != idp.ACRPassword || len(s.AMR) != 1 || s.AMR[0] != idp.AMRPassword || len(s.Factors) != 0 {
		t.Fatalf("session %+v", s)
	}
	b := h.open("contacts").post(login("free"), signin.StateEnded)
	if got := b.view().Ending; got != signin.EndingNoAccess {
		t.Fatalf("an app that the practice has not enabled: %q", got)
	}
}

func TestTheAppMayAskForMFA(t *testing.T) {
	h := newHouse(t)
	begun, err := h.Begin(bg, signin.Request{ClientID: "timesheets", RedirectURI: "https://x.example", RequestedACR: idp.ACRMFA}, "203.0.113.7", h.now)
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{house: h, node: h.Service, state: begun.State, browser: signin.Browser{Transaction: begun.Transaction, Cookie: begun.Cookie}}
	b.post(login("free"), signin.StateChoose)
}

func TestACodeIsGoodOnce(t *testing.T) { // ABUSE 16
	h := newHouse(t)
	c := totpAt(t, totpKey, h.now)
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(code(c), signin.StateDone)
	h.open("timesheets").post(login("app"), signin.StateTOTP).refuse(code(c), signin.ProblemCodeUsed)
	earlier := totpAt(t, totpKey, h.now.Add(-30*time.Second))
	h.open("contacts").post(login("app"), signin.StateTOTP).refuse(code(earlier), signin.ProblemCodeWrong)
}

func TestOneCodeInFiftyTabsSignsInOnce(t *testing.T) { // ABUSE 16
	h := newHouse(t)
	c := totpAt(t, totpKey, h.now)
	var tabs []*tab
	for range 4 { // five wrong ones would lock
		tabs = append(tabs, h.open("timesheets").post(login("app"), signin.StateTOTP))
	}
	var done atomic.Int32
	var wg sync.WaitGroup
	for _, b := range tabs {
		wg.Go(func() {
			if out, err := b.try(code(c)); err == nil && out.State == signin.StateDone {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 {
		t.Fatalf("%d sign-ins with one code", done.Load())
	}
}

func TestAHundredGuessesAtOnce(t *testing.T) { // ABUSE 17
	h := newHouse(t)
	right := totpAt(t, totpKey, h.now)
	first := h.open("timesheets").post(login("app"), signin.StateTOTP)
	var tabs []*tab
	for range 99 {
		tabs = append(tabs, h.open("timesheets"))
	}
	for _, b := range tabs {
		b.post(login("app"), signin.StateTOTP)
	}
	tabs = append(tabs, first)
	var told, failed atomic.Int32
	var wg sync.WaitGroup
	for _, b := range tabs {
		wg.Go(func() {
			out, err := b.try(code(wrongFor(right)))
			for err != nil { // the one writer is busy: ask again, as a browser would
				failed.Add(1)
				out, err = b.try(code(wrongFor(right)))
			}
			if out.Problem != nil {
				told.Add(1)
			}
		})
	}
	wg.Wait()
	rejected := 0
	for _, e := range h.events("prc_mfa") {
		if e.Type == idp.EventCodeRejected {
			rejected++
		}
	}
	// A guess that was counted, and whose answer then failed, was not told.
	if rejected != policy.MaxFailures || told.Load() > policy.MaxFailures-1 || told.Load()+failed.Load() < policy.MaxFailures-1 {
		t.Fatalf("%d guesses were looked at, %d answered as wrong, %d not answered", rejected, told.Load(), failed.Load())
	}
	if out, err := first.try(code(right)); err != nil || out.State != signin.StateEnded {
		t.Fatalf("the right code after the lock: %v, %v", out.State, err)
	}
}

func TestFourGuessesAnywhereAndTheFifthLocks(t *testing.T) { // ABUSE 17
	h := newHouse(t)
	right := totpAt(t, totpKey, h.now)
	bad := code(wrongFor(right))
	h.open("timesheets").post(login("app"), signin.StateTOTP).refuse(bad, signin.ProblemCodeWrong).refuse(bad, signin.ProblemCodeWrong)
	other := h.open("contacts").post(login("app"), signin.StateTOTP).refuse(bad, signin.ProblemCodeWrong)
	other.node = h.node() // a restart, or another node
	other.refuse(bad, signin.ProblemCodeWrong)
	last := h.open("timesheets").post(login("app"), signin.StateTOTP).post(bad, signin.StateEnded)

	view := last.view()
	if view.Ending != signin.EndingLocked || !view.Until.Equal(h.now.Add(15*time.Minute)) {
		t.Fatalf("%+v", view)
	}
	if len(h.notices.of(idp.NoticeSigninPause)) != 1 {
		t.Error("somebody knows the password, and its owner was not told")
	}
	other.post(code(right), signin.StateEnded) // a sign-in that was open meanwhile
	h.open("timesheets").post(login("app"), signin.StateEnded)

	h.now = h.now.Add(15 * time.Minute)
	last.post(code(totpAt(t, totpKey, h.now)), signin.StateEnded) // a lock that ends revives nothing
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
}

func TestPasswordGuessesLockUnknownNamesAlike(t *testing.T) { // ABUSE 17, 26
	h := newHouse(t)
	for _, name := range []string{"app", "never", "disabled", "suspended", "nobody"} {
		form := login(name)
		form.Password = idp.NewSecret("a wrong password")
		b := h.open("timesheets")
		for range policy.MaxFailures - 1 {
			b.refuse(form, signin.ProblemCredentials)
		}
		if view := b.post(form, signin.StateEnded).view(); view.Ending != signin.EndingLocked || view.Practice != "" || view.TimeZone != "Australia/Sydney" {
			t.Errorf("%s: %+v", name, view)
		}
		again := h.open("contacts").post(login(name), signin.StateEnded).view()
		if again.Ending != signin.EndingLocked || !again.Until.Equal(h.now.Add(15*time.Minute)) {
			t.Errorf("%s, with the right password: %+v", name, again)
		}
	}
}

func TestDisabledAndSuspendedLookLikeAWrongPassword(t *testing.T) { // ABUSE 26
	h := newHouse(t)
	var views []signin.View
	for _, name := range []string{"disabled", "suspended", "nobody"} {
		b := h.open("timesheets")
		out, err := b.try(login(name))
		if err != nil || out.Problem == nil || !cmp.Equal(*out.Problem, signin.Problem{Field: "password", Code: signin.ProblemCredentials}) || !out.Cookie.IsZero() {
			t.Fatalf("%s: %+v, %v", name, out, err)
		}
		out.View.Username = ""
		views = append(views, out.View)
	}
	for _, v := range views[1:] {
		if v.State != views[0].State || v.Practice != views[0].Practice || v.TimeZone != views[0].TimeZone || v.Note != views[0].Note {
			t.Errorf("%+v and %+v", views[0], v)
		}
	}
}

func TestAPasswordLockDoesNotLockTheCode(t *testing.T) { // ABUSE 18
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP)
	attacker := h.open("timesheets")
	form := login("app")
	form.Password = idp.NewSecret("a wrong password")
	for range policy.MaxFailures {
		if _, err := attacker.try(form); err != nil {
			t.Fatal(err)
		}
	}
	b.post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
}

func TestPasswordsThatCannotBe(t *testing.T) { // ABUSE 42
	h := newHouse(t)
	b := h.open("timesheets")
	for text, want := range map[string]signin.ProblemCode{
		"":                         signin.ProblemMissing,
		strings.Repeat("a", 1025):  signin.ProblemTooLong,
		strings.Repeat("é", 1<<20): signin.ProblemTooLong,
		password + "\x00":          signin.ProblemCredentials,
		"\xff\xfe":                 signin.ProblemCredentials,
	} {
		b.refuse(signin.Form{Username: "app@example.com", Password: idp.NewSecret(text)}, want)
	}
	b.refuse(signin.Form{Username: strings.Repeat("a", 300) + "@example.com", Password: idp.NewSecret("x")}, signin.ProblemTooLong)
	b.refuse(signin.Form{Username: "", Password: idp.NewSecret("x")}, signin.ProblemMissing)
}

func TestStepsOutOfOrder(t *testing.T) { // ABUSE 20
	h := newHouse(t)
	b := h.open("timesheets")
	if _, err := b.Finish(bg, b.browser, h.now); !errors.As(err, new(*signin.Unfinished)) {
		t.Fatalf("the callback before the end: %v", err)
	}
	for _, step := range []signin.State{signin.StateTOTP, signin.StateRevoke, signin.StateRecoveryPIN, signin.StateDone, "made-up"} {
		out, err := b.Submit(bg, b.browser, step, signin.Form{Code: idp.NewSecret("123456")}, h.now)
		if err != nil || out.State != signin.StatePassword {
			t.Errorf("post to %q: %+v, %v", step, out, err)
		}
	}
	b.post(login("app"), signin.StateTOTP)
	for _, action := range []string{"resend", "forgot-pin", "back", "cancel", "revoke", "made-up"} {
		b.post(signin.Form{Action: action}, signin.StateTOTP)
	}
	out, err := b.Submit(bg, b.browser, signin.StatePassword, login("free"), h.now) // an older step again
	if err != nil || out.State != signin.StateTOTP {
		t.Fatalf("%+v, %v", out, err)
	}
}

func TestAnotherBrowserGetsASigninOfItsOwn(t *testing.T) { // ABUSE 21
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP)
	for _, cookie := range []idp.Secret{{}, idp.RandomSecret(32), idp.NewSecret(b.browser.Transaction)} {
		thief := signin.Browser{Transaction: b.browser.Transaction, Cookie: cookie}
		var again *signin.Restarted
		if _, err := h.View(bg, thief, h.now); !errors.As(err, &again) {
			t.Fatalf("view: %v", err)
		}
		if again.Begun.Transaction == b.browser.Transaction || again.Begun.State != signin.StatePassword {
			t.Fatalf("%+v", again.Begun)
		}
		if _, err := h.Submit(bg, thief, signin.StateTOTP, code(totpAt(t, totpKey, h.now)), h.now); !errors.As(err, &again) {
			t.Fatalf("submit: %v", err)
		}
		if _, err := h.Finish(bg, thief, h.now); !errors.As(err, &again) {
			t.Fatalf("finish: %v", err)
		}
	}
	b.post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
	if _, err := h.Finish(bg, signin.Browser{Transaction: b.browser.Transaction, Cookie: idp.RandomSecret(32)}, h.now); !errors.As(err, new(*signin.Restarted)) {
		t.Fatalf("another browser got the end: %v", err)
	}
	b.finish()
}

func TestAPlantedCookieIsWorthNothingAfterwards(t *testing.T) { // ABUSE 23
	h := newHouse(t)
	b := h.open("timesheets")
	planted := b.browser
	b.post(login("app"), signin.StateTOTP)
	second := b.browser
	b.post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
	for _, old := range []signin.Browser{planted, second} {
		if _, err := h.Finish(bg, old, h.now); !errors.As(err, new(*signin.Restarted)) {
			t.Fatalf("an older cookie reached the end: %v", err)
		}
	}
	if b.finish().Session.BrowserHash != b.browser.Cookie.Hash() {
		t.Fatal("the session is not of the newest cookie")
	}
}

func TestTheEndIsReachedOnce(t *testing.T) { // ABUSE 2
	h := newHouse(t)
	b := h.open("timesheets").post(login("free"), signin.StateDone)
	var got atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := h.Finish(bg, b.browser, h.now); err == nil {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Fatalf("%d callers got the end", got.Load())
	}
}

func TestAnExpiredSigninStartsAgainByItself(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP)
	h.now = h.now.Add(signin.Lifetime)
	_, err := b.try(code(totpAt(t, totpKey, h.now)))
	var again *signin.Restarted
	if !errors.As(err, &again) {
		t.Fatal(err)
	}
	b.browser.Transaction, b.browser.Cookie, b.state = again.Begun.Transaction, again.Begun.Cookie, again.Begun.State
	if view := b.view(); view.Note != signin.NoteStartedAgain || view.State != signin.StatePassword || view.App != "timesheets" {
		t.Fatalf("%+v", view)
	}
}

func TestRecoveryByPIN(t *testing.T) { // ABUSE 19
	h := newHouse(t)
	before := h.open("contacts").post(login("sms"), signin.StateSMS).post(code(h.phone.code(t)), signin.StateDone).finish().Session
	h.now = h.now.Add(time.Minute)
	b := h.open("timesheets").post(login("sms"), signin.StateSMS).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
	b.refuse(signin.Form{PIN: idp.NewSecret("000000")}, signin.ProblemPINWrong)
	b.post(signin.Form{PIN: idp.NewSecret("739418")}, signin.StateRevoke)
	if _, err := h.Finish(bg, b.browser, h.now); !errors.As(err, new(*signin.Unfinished)) {
		t.Fatalf("a PIN yielded a session: %v", err)
	}
	used := h.notices.of(idp.NoticePINUsed)
	if len(used) != 2 || used[0].Email != "sms@example.com" || !used[0].Phone.IsZero() || used[1].Phone.Reveal() != "+61491570006" || used[1].Email != "" {
		t.Fatalf("notices %+v", used)
	}
	b.post(signin.Form{}, signin.StateChoose)
	if len(h.notices.of(idp.NoticeMFARevoked)) != 1 {
		t.Error("the user was not told")
	}
	if s, err := h.sql.FindSession(bg, before.ID); err != nil || s.EndReason != idp.EndRevoked {
		t.Errorf("the other session: %+v, %v", s, err)
	}
	h.wantEnded(before, idp.EventMFARevoked)
	b.post(signin.Form{Kind: idp.KindTOTP}, signin.StateTOTPSetup)
	key := strings.ReplaceAll(b.view().TOTPKey, " ", "")
	b.post(code(totpAt(t, key, h.now)), signin.StateRecoveryPIN)
	b.post(signin.Form{PIN: idp.NewSecret("950172"), PINConfirm: idp.NewSecret("950172")}, signin.StateDone)
	if s := b.finish().Session; s.ACR != idp.ACRMFA {
		t.Fatalf("%+v", s)
	}
	h.now = h.now.Add(time.Minute)
	spent := h.open("timesheets").post(login("sms"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
	spent.refuse(signin.Form{PIN: idp.NewSecret("739418")}, signin.ProblemPINWrong)
}

// wantEnded wants exactly one event of the end of this session and of no other, which names its person and what ended it.
func (h *house) wantEnded(s idp.Session, by idp.EventType) {
	h.t.Helper()
	var left []idp.AuditEvent
	for _, e := range h.events(s.PracticeID) {
		if e.Type == idp.EventSessionEnded {
			left = append(left, e)
		}
	}
	want := idp.AuditEvent{
		At: h.now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorUser, ID: string(s.UserID)}, PracticeID: s.PracticeID,
		UserID: s.UserID, ClientID: s.ClientID, SID: s.ID, Result: idp.ResultSuccess, Reason: idp.EndRevoked.Reason(),
		Details: map[string]string{"by": string(by)},
	}
	if len(left) == 1 {
		want.ID, want.At = left[0].ID, left[0].At
	}
	if diff := cmp.Diff([]idp.AuditEvent{want}, left); diff != "" {
		h.t.Errorf("events of ended sessions: %s", diff)
	}
}

func TestFiveWrongPINsNeedAnAdministrator(t *testing.T) { // ABUSE 19
	h := newHouse(t)
	recover := func() *tab {
		return h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
	}
	b := recover()
	for range policy.MaxFailures - 1 {
		b.refuse(signin.Form{PIN: idp.NewSecret("111119")}, signin.ProblemPINWrong)
	}
	if view := b.post(signin.Form{PIN: idp.NewSecret("111119")}, signin.StateEnded).view(); !view.Until.IsZero() {
		t.Fatalf("the lock ends at %s", view.Until)
	}
	h.now = h.now.AddDate(1, 0, 0)
	recover().post(signin.Form{PIN: idp.NewSecret("739418")}, signin.StateEnded)
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(code(totpAt(t, totpKey, h.now)), signin.StateDone) // the code still works
}

func TestThePINRestsAfterAPasswordReset(t *testing.T) { // ABUSE 19
	h := newHouse(t)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		u, err := tx.FindUser(ctx, "prc_mfa", "usr_app")
		if err != nil {
			return err
		}
		u.PasswordResetAt = h.now
		return tx.UpdateUser(ctx, u)
	})
	b := h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateTOTP)
	if note := b.view().Note; note != signin.NotePINUnusable {
		t.Fatalf("note %q", note)
	}
	h.now = h.now.Add(policy.PINPause)
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
}

func TestForgottenPIN(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
	if v := b.post(signin.Form{Action: "forgot-pin"}, signin.StateEnded).view(); v.Ending != signin.EndingForgottenPIN {
		t.Fatalf("%+v", v)
	}
}

// An attacker who has the password could open the set-up before the owner does, wait for the owner to set MFA up, and then finish it.
func TestASetupOpenedBeforeTheOwnersOwnIsDead(t *testing.T) { // ABUSE 25
	h := newHouse(t)
	thief := h.open("timesheets").post(login("never"), signin.StateChoose).post(signin.Form{Kind: idp.KindTOTP}, signin.StateTOTPSetup)
	thiefKey := strings.ReplaceAll(thief.view().TOTPKey, " ", "")
	owner := h.open("timesheets").post(login("never"), signin.StateChoose).post(signin.Form{Kind: idp.KindTOTP}, signin.StateTOTPSetup)
	owner.post(code(totpAt(t, strings.ReplaceAll(owner.view().TOTPKey, " ", ""), h.now)), signin.StateRecoveryPIN)
	if _, err := thief.try(code(totpAt(t, thiefKey, h.now))); !errors.As(err, new(*signin.Restarted)) {
		t.Fatalf("the thief's set-up went on: %v", err)
	}
}

func TestAnAccountThatChangedMeanwhileStartsAgain(t *testing.T) { // ABUSE 35
	for name, change := range map[string]func(*idp.User){
		"disabled":         func(u *idp.User) { u.State = idp.UserDisabled },
		"password changed": func(u *idp.User) { u.PasswordChangedAt = u.PasswordChangedAt.Add(24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			b := h.open("timesheets").post(login("app"), signin.StateTOTP)
			h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
				u, err := tx.FindUser(ctx, "prc_mfa", "usr_app")
				if err != nil {
					return err
				}
				change(&u)
				return tx.UpdateUser(ctx, u)
			})
			if _, err := b.try(code(totpAt(t, totpKey, h.now))); !errors.As(err, new(*signin.Restarted)) {
				t.Fatal(err)
			}
		})
	}
}

func TestClockHint(t *testing.T) { // ABUSE 29
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP)
	b.refuse(code(totpAt(t, totpKey, h.now.Add(-150*time.Second))), signin.ProblemCodeClock)
	b.post(code(totpAt(t, totpKey, h.now.Add(30*time.Second))), signin.StateDone) // one step either side
}

func TestTheTrailHoldsNoSecret(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets").post(login("sms"), signin.StateSMS)
	sent := h.phone.code(t)
	b.refuse(code(wrongFor(sent)), signin.ProblemCodeWrong).post(code(sent), signin.StateDone)
	types := map[idp.EventType]bool{}
	factors := map[idp.EventType]string{}
	for _, e := range h.events("prc_mfa") {
		types[e.Type] = true
		factors[e.Type] = e.Details["amr"]
		text := strings.Join([]string{string(e.Reason), e.Actor.ID, e.UserAgent, e.Address}, " ")
		for k, v := range e.Details {
			text += " " + k + "=" + v
		}
		for _, secret := range []string{sent.Reveal(), "61491570006", "491570006", password} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q: %s", e.Type, secret, text)
			}
		}
	}
	for _, want := range []idp.EventType{idp.EventPasswordAccepted, idp.EventCodeSent, idp.EventCodeRejected, idp.EventCodeAccepted, idp.EventSigninSucceeded} {
		if !types[want] {
			t.Errorf("the trail lacks %s", want)
		}
	}
	for event, want := range map[idp.EventType]string{
		idp.EventPasswordAccepted: "pwd", idp.EventCodeRejected: "sms", idp.EventCodeAccepted: "sms", idp.EventSigninSucceeded: "pwd sms mfa",
	} {
		if factors[event] != want {
			t.Errorf("%s says that it was about %q, want %q", event, factors[event], want)
		}
	}
}
