package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
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
	if view := b.view(); view.Phone != "••• ••• 006" || !view.SentAt.Equal(h.now) || !view.ResendAt.Equal(h.now.Add(30*time.Second)) {
		t.Fatalf("%+v", view)
	}
	first := h.phone.code(t)
	b.refuse(code(wrongFor(first)), signin.ProblemCodeWrong)
	b.post(code(first), signin.StateRecoveryPIN)
	b.refuse(signin.Form{PIN: idp.NewSecret("570006"), PINConfirm: idp.NewSecret("570006")}, signin.ProblemPINPhone) // ABUSE 19
	b.post(signin.Form{PIN: idp.NewSecret("739418"), PINConfirm: idp.NewSecret("739418")}, signin.StateDone)
	if s := b.finish().Session; s.ACR != idp.ACRMFA || s.AMR[1] != idp.AMRSMS {
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
	b := h.smsSetup().refuse(mobile, signin.ProblemSendWait) // one number, two people: the number has a limit of its own
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
