package signin_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func (h *house) smsSetup() *tab {
	h.t.Helper()
	return h.open("timesheets").post(login("never"), signin.StateChoose).post(signin.Form{Kind: idp.KindSMS}, signin.StateSMSSetup)
}

var mobile = signin.Form{Country: "AU", Phone: "0491 570 006"}

func TestSetUpByText(t *testing.T) {
	h := newHouse(t)
	b := h.smsSetup()
	b.refuse(signin.Form{}, signin.ProblemCountry)
	b.refuse(signin.Form{Country: "other", Phone: "+1 202 555 0100"}, signin.ProblemCountryOther)
	b.refuse(signin.Form{Country: "AU"}, signin.ProblemMissing)
	b.refuse(signin.Form{Country: "AU", Phone: "02 9999 0000"}, signin.ProblemPhoneNotMobile) // ABUSE 27
	b.refuse(signin.Form{Country: "AU", Phone: "12"}, signin.ProblemPhone)
	b.post(mobile, signin.StateSMSVerify)
	if view := b.view(); view.Phone != "0491 570 006" || !view.SentAt.Equal(h.now) || !view.ResendAt.Equal(h.now.Add(30*time.Second)) {
		t.Fatalf("%+v", view)
	}
	first := h.phone.code(t)
	b.refuse(code(wrongFor(first)), signin.ProblemCodeWrong)
	b.post(code(first), signin.StateRecoveryPIN)
	b.refuse(signin.Form{PIN: idp.NewSecret("570006"), PINConfirm: idp.NewSecret("570006")}, signin.ProblemPINPhone) // ABUSE 19
	b.post(signin.Form{PIN: idp.NewSecret("739418"), PINConfirm: idp.NewSecret("739418")}, signin.StateDone)
	if s := b.finish().Session; s.ACR != idp.ACRMFA || s.AMR[1] != idp.AMRSMS || len(s.Factors) != 1 || s.Factors[0].Kind != idp.KindSMS || s.Factors[0].ID == "" {
		t.Fatalf("%+v", s)
	}
}

func TestAResendRepeatsTheCode(t *testing.T) { // ABUSE 28
	h := newHouse(t)
	b := h.smsSetup().post(mobile, signin.StateSMSVerify)
	first := h.phone.code(t)
	b.post(signin.Form{Action: "resend"}, signin.StateSMSVerify)
	if note := b.view().Note; note != signin.NoteSendWait || len(h.phone.texts) != 1 { // 30 s apart
		t.Fatalf("note %q, %d texts", note, len(h.phone.texts))
	}
	bad := code(wrongFor(first))
	b.refuse(bad, signin.ProblemCodeWrong).refuse(bad, signin.ProblemCodeWrong).refuse(bad, signin.ProblemCodeWrong).refuse(bad, signin.ProblemCodeWrong)
	h.now = h.now.Add(31 * time.Second)
	b.post(signin.Form{Action: "resend"}, signin.StateSMSVerify)
	if view := b.view(); view.Note != signin.NoteCodeResent || h.phone.code(t) != first || len(h.phone.texts) != 2 {
		t.Fatalf("note %q, %d texts", view.Note, len(h.phone.texts))
	}
	b.post(bad, signin.StateEnded) // it did not reset the counter: ABUSE 17
}

func TestATextedCodeExpires(t *testing.T) { // ABUSE 28
	h := newHouse(t)
	b := h.smsSetup().post(mobile, signin.StateSMSVerify)
	first := h.phone.code(t)
	h.now = h.now.Add(signin.CodeLifetime)
	b.refuse(code(first), signin.ProblemCodeExpired)
	b.post(signin.Form{Action: "resend"}, signin.StateSMSVerify)
	if h.phone.code(t) == first {
		t.Fatal("a dead code was sent again")
	}
	b.post(code(h.phone.code(t)), signin.StateRecoveryPIN)
}

func TestACodeOfOneSigninIsNoCodeOfAnother(t *testing.T) { // ABUSE 22
	h := newHouse(t)
	a := h.open("timesheets").post(login("sms"), signin.StateSMS)
	codeA := h.phone.code(t)
	b := h.smsSetup().post(mobile, signin.StateSMSVerify) // one number, two people: the number has a limit of its own
	if view := b.view(); view.Note != signin.NoteSendWait || !view.SentAt.IsZero() || len(h.phone.texts) != 1 {
		t.Fatalf("note %q, sent at %s, %d texts", view.Note, view.SentAt, len(h.phone.texts))
	}
	b.refuse(code(codeA), signin.ProblemCodeNone).post(signin.Form{Action: "back"}, signin.StateSMSSetup)
	b.post(signin.Form{Country: "AU", Phone: "0491 570 156"}, signin.StateSMSVerify)
	b.refuse(code(codeA), signin.ProblemCodeWrong)
	a.post(code(codeA), signin.StateDone)
}

func TestTheProviderFails(t *testing.T) { // ABUSE 28
	h := newHouse(t)
	for name, row := range map[string]struct {
		err  error
		want signin.ProblemCode
	}{
		"down":    {idp.Wrap(idp.CodeUnavailable, errors.New("no answer")), signin.ProblemSendFailed},
		"busy":    {idp.Busy(time.Second), signin.ProblemSendFailed},
		"refused": {idp.Invalid("phone", "opted out"), signin.ProblemNumberRefused},
	} {
		t.Run(name, func(t *testing.T) {
			h.now = h.now.Add(time.Hour)
			h.phone.fail = row.err
			defer func() { h.phone.fail = nil }()
			b := h.smsSetup().refuse(mobile, row.want)
			b.post(signin.Form{Action: "back"}, signin.StateChoose) // no dead end: the app is offered
			h.now = h.now.Add(time.Hour)
			at := h.open("timesheets").post(login("sms"), signin.StateSMS)
			if view := at.view(); view.Note == signin.NoteNone || !view.SentAt.IsZero() {
				t.Fatalf("%+v", view)
			}
			at.refuse(code(idp.NewSecret("123456")), signin.ProblemCodeNone)
		})
	}
}

func TestTextsOnlyToWhoKnowsThePassword(t *testing.T) { // ABUSE 27
	h := newHouse(t)
	b := h.open("timesheets")
	form := login("sms")
	form.Password = idp.NewSecret("a wrong password")
	for range policy.MaxFailures {
		if _, err := b.try(form); err != nil {
			t.Fatal(err)
		}
	}
	b.post(signin.Form{Action: "resend"}, b.state)
	if len(h.phone.texts) != 0 {
		t.Fatalf("%d texts", len(h.phone.texts))
	}
}

// ABUSE 27: a limit that refuses a text is named in the trail, and the page knows until when.
func TestALimitOnTextsIsNamed(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets").post(login("sms"), signin.StateSMS)
	for range 12 {
		h.now = h.now.Add(31 * time.Second)
		b.post(signin.Form{Action: "resend"}, signin.StateSMS)
	}
	view := b.view()
	if view.Note != signin.NoteSMSClosed || view.ResendAt.Before(h.now.Add(50*time.Minute)) || len(h.phone.texts) != 12 {
		t.Errorf("note %q, again at %s, %d texts", view.Note, view.ResendAt, len(h.phone.texts))
	}
	named := ""
	for _, e := range h.events("prc_mfa") {
		if e.Type == idp.EventCodeNotSent {
			named = e.Details["limit"]
		}
	}
	if named != "user" {
		t.Errorf("the trail names the limit %q", named)
	}
}

// A person who opens a second app within the half minute gets its code at once, and that code is good.
func TestASecondAppGetsItsTextAtOnce(t *testing.T) { // ABUSE 60
	h := newHouse(t)
	first := h.open("timesheets").post(login("sms"), signin.StateSMS)
	codeOfFirst := h.phone.code(t)
	h.now = h.now.Add(3 * time.Second)
	second := h.open("contacts").post(login("sms"), signin.StateSMS)
	view := second.view()
	if view.Note != signin.NoteNone || !view.SentAt.Equal(h.now) || !view.ResendAt.Equal(h.now.Add(30*time.Second)) || len(h.phone.texts) != 2 {
		t.Fatalf("note %q, sent %s, %d texts", view.Note, view.SentAt, len(h.phone.texts))
	}
	second.post(signin.Form{Action: "resend"}, signin.StateSMS) // only the first one does not wait
	if len(h.phone.texts) != 2 || second.view().Note != signin.NoteSendWait {
		t.Fatalf("%d texts, note %q", len(h.phone.texts), second.view().Note)
	}
	second.post(code(h.phone.code(t)), signin.StateDone)
	first.post(code(codeOfFirst), signin.StateDone)
}

// A script that has a password begins sign-ins as fast as it can: the person gets no more messages than without that (ABUSE 27).
func TestManySignInsMeetTheLimitsOnTexts(t *testing.T) {
	h := newHouse(t)
	most := policy.DefaultLimits()[idp.LimitTextsToUser].Most
	var last *tab
	for range 3 * most {
		last = h.open("timesheets").post(login("sms"), signin.StateSMS)
	}
	if len(h.phone.texts) != most {
		t.Fatalf("%d texts at once, of %d in an hour", len(h.phone.texts), most)
	}
	if view := last.view(); view.Note != signin.NoteSMSClosed || view.ResendAt.Before(h.now.Add(50*time.Minute)) {
		t.Errorf("note %q, again at %s", view.Note, view.ResendAt)
	}
	byDay := policy.DefaultLimits()[idp.LimitTextsToUserByDay].Most
	for range 10 {
		h.now = h.now.Add(70 * time.Minute)
		for range 2 * most {
			h.open("timesheets").post(login("sms"), signin.StateSMS)
		}
	}
	if len(h.phone.texts) != byDay {
		t.Errorf("%d texts in half a day, of %d in a day", len(h.phone.texts), byDay)
	}
}

// One sign-in has one message that does not wait, whichever way the person goes in it, and however many posts arrive at once.
func TestASignInHasOneFirstText(t *testing.T) { // ABUSE 27
	h := newHouse(t)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateAuthenticator(ctx, idp.Authenticator{
			ID: "aut_two", PracticeID: "prc_mfa", UserID: "usr_sms", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570110"),
			CreatedAt: h.now.Add(-time.Hour), LastUsedAt: h.now,
		})
	})
	b := h.open("timesheets").post(login("sms"), signin.StateSMS)
	for range 6 {
		b.post(signin.Form{Action: "other"}, signin.StateSMS)
		b.post(signin.Form{Action: "resend"}, signin.StateSMS)
		b.post(signin.Form{Action: "lost-device"}, signin.StateRecover).post(signin.Form{Action: "back"}, signin.StateSMS)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _ = h.Submit(bg, b.browser, signin.StateSMS, signin.Form{Action: "resend"}, h.now)
		})
	}
	wg.Wait()
	if len(h.phone.texts) != 1 {
		t.Errorf("%d texts at one moment of one sign-in", len(h.phone.texts))
	}
}

// A number that was mistyped: the next one waits for its message on its own page, and what the first number got does not count there.
func TestAnotherNumberWaitsOnItsOwnPage(t *testing.T) { // ABUSE 22, 27
	h := newHouse(t)
	b := h.smsSetup().post(mobile, signin.StateSMSVerify)
	toTheFirst := h.phone.code(t)
	b.post(signin.Form{Action: "back"}, signin.StateSMSSetup)
	b.post(signin.Form{Country: "AU", Phone: "0491 570 156"}, signin.StateSMSVerify)
	view := b.view()
	if view.Note != signin.NoteSendWait || view.Phone != "0491 570 156" || !view.SentAt.IsZero() || !view.ResendAt.Equal(h.now.Add(30*time.Second)) || len(h.phone.texts) != 1 {
		t.Fatalf("%+v, %d texts", view, len(h.phone.texts))
	}
	for range 2 * policy.MaxFailures { // no try: nothing was sent there yet
		b.refuse(code(toTheFirst), signin.ProblemCodeNone)
	}
	h.now = h.now.Add(30 * time.Second)
	b.post(signin.Form{Action: "resend"}, signin.StateSMSVerify)
	b.refuse(code(toTheFirst), signin.ProblemCodeWrong).post(code(h.phone.code(t)), signin.StateRecoveryPIN)
}
