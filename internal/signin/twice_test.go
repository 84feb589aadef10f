package signin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Two posts of one step: what the second is told must be true, and what was not looked at must not count as a try.

// meddled is the store of sign-ins, where something happens before a call: the n-th Find, or the first Update.
type meddled struct {
	signin.Transactions
	finds      int
	beforeFind map[int]func()
	beforeSave func() error
}

func (m *meddled) Find(ctx context.Context, id string) (signin.Transaction, error) {
	m.finds++
	if happens := m.beforeFind[m.finds]; happens != nil {
		happens()
	}
	return m.Transactions.Find(ctx, id)
}

func (m *meddled) Update(ctx context.Context, tx signin.Transaction) error {
	if happens := m.beforeSave; happens != nil {
		m.beforeSave = nil
		if err := happens(); err != nil {
			return err
		}
	}
	return m.Transactions.Update(ctx, tx)
}

// lateLedger is the ledger, where something happens before the first commit.
type lateLedger struct {
	signin.Ledger
	before func()
}

func (l *lateLedger) Commit(ctx context.Context, fn func(signin.Unit) error) error {
	if happens := l.before; happens != nil {
		l.before = nil
		happens()
	}
	return l.Ledger.Commit(ctx, fn)
}

// twin is a second tab of the same browser at the same step.
func (b *tab) twin() *tab {
	second := *b
	second.node = b.Service
	return &second
}

// beaten lets other happen after this tab's step is in SQL and before it is saved.
func (b *tab) beaten(other func()) *tab {
	saves := &meddled{Transactions: b.redis.Transactions(), beforeSave: func() error { other(); return nil }}
	b.node = b.nodeOn(saves, ledger{b.sql})
	return b
}

// overtaken lets other happen after this tab's proof was compared and before the try is settled.
func (b *tab) overtaken(other func()) *tab {
	b.node = b.nodeOn(b.redis.Transactions(), &lateLedger{Ledger: ledger{b.sql}, before: other})
	return b
}

// tries is how many tries the trail of the practice says were wrong.
func (h *house) tries(kind idp.EventType) (n int) {
	h.t.Helper()
	for _, e := range h.events("prc_mfa") {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestARightProofBesideAWrongOneGoesOn(t *testing.T) {
	h := newHouse(t)
	right := totpAt(t, totpKey, h.now)

	wrong := login("app")
	wrong.Password = idp.NewSecret("not-the-password")
	b := h.open("timesheets")
	second := b.twin()
	b.beaten(func() { second.refuse(wrong, signin.ProblemCredentials) }).post(login("app"), signin.StateTOTP)

	second = b.twin()
	b.beaten(func() { second.refuse(code(wrongFor(right)), signin.ProblemCodeWrong) }).post(code(right), signin.StateDone)
	if got := b.finish(); got.Session.UserID != "usr_app" {
		t.Fatalf("%+v", got)
	}

	b = h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
	second = b.twin()
	b.beaten(func() { second.refuse(signin.Form{PIN: idp.NewSecret("111119")}, signin.ProblemPINWrong) }).
		post(signin.Form{PIN: idp.NewSecret("739418")}, signin.StateRevoke)
}

func TestALockIsNotCalledAWrongCode(t *testing.T) {
	h := newHouse(t)
	resend := signin.Form{Action: "resend"}
	open := func() *tab { return h.open("timesheets").post(login("sms"), signin.StateSMS) }

	b := open()
	bad := code(wrongFor(h.phone.code(t)))
	h.now = h.now.Add(time.Minute) // or no second message would go out
	late := open()
	right := h.phone.code(t)
	for range 4 {
		b.refuse(bad, signin.ProblemCodeWrong)
	}
	second := b.twin()
	b.beaten(func() { second.post(resend, signin.StateSMS) }).post(bad, signin.StateEnded) // the fifth locks
	if view := b.view(); view.Ending != signin.EndingLocked {
		t.Fatalf("%+v", view)
	}
	second = late.twin()
	late.beaten(func() { second.post(resend, signin.StateSMS) }).post(code(right), signin.StateEnded) // was not looked at
}

func TestACodeThatWasJustUsedIsNoWrongCode(t *testing.T) { // ABUSE 16
	h := newHouse(t)
	right := totpAt(t, totpKey, h.now)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP)
	other := h.open("contacts").post(login("app"), signin.StateTOTP)
	b.overtaken(func() { other.post(code(right), signin.StateDone) }).refuse(code(right), signin.ProblemSentTwice)

	h.now = h.now.Add(30 * time.Second)
	next := totpAt(t, totpKey, h.now)
	second := b.twin()
	b.overtaken(func() { second.post(code(next), signin.StateDone) }).post(code(next), signin.StateDone) // one button, pressed twice
	if n := h.tries(idp.EventCodeRejected); n != 0 {
		t.Errorf("%d tries counted", n)
	}
}

// ABUSE 17: under a lock, two posts of one guess must not show whether it was right.
func TestUnderALockAUsedCodeDoesNotShow(t *testing.T) {
	h := newHouse(t)
	right := totpAt(t, totpKey, h.now)
	at := func() *tab { return h.open("timesheets").post(login("app"), signin.StateTOTP) }
	b, other, guesser := at(), at(), at()
	for range 4 {
		guesser.refuse(code(wrongFor(right)), signin.ProblemCodeWrong)
	}
	guesser.post(code(wrongFor(right)), signin.StateEnded)
	b.overtaken(func() { other.post(code(right), signin.StateEnded) }).post(code(right), signin.StateEnded)
}

func TestACodeForAnotherNumberIsNotATry(t *testing.T) { // ABUSE 22
	h := newHouse(t)
	b := h.smsSetup().post(mobile, signin.StateSMSVerify)
	second := b.twin()
	change := func() {
		second.post(signin.Form{Action: "back"}, signin.StateSMSSetup)
		h.now = h.now.Add(time.Minute)
		second.post(signin.Form{Country: "AU", Phone: "0491 570 157"}, signin.StateSMSVerify)
	}
	before := h.phone.code(t)
	b.node = h.nodeOn(&meddled{Transactions: h.redis.Transactions(), beforeFind: map[int]func(){2: change}}, ledger{h.sql})
	b.refuse(code(before), signin.ProblemSentTwice)
	if n := h.tries(idp.EventCodeRejected); n != 0 {
		t.Errorf("%d tries counted", n)
	}
	b.post(code(h.phone.code(t)), signin.StateRecoveryPIN)
}

func TestANumberThatWasNotTriedIsNotSaidToFail(t *testing.T) {
	h := newHouse(t)
	b := h.smsSetup()
	second := b.twin()
	h.phone.fail = idp.Invalid("phone", "opted out")
	b.beaten(func() {
		second.refuse(signin.Form{Country: "AU", Phone: "0491 570 157"}, signin.ProblemNumberRefused)
	}).refuse(mobile, signin.ProblemSentTwice)
	h.phone.fail = nil
	h.now = h.now.Add(time.Minute)
	b.post(mobile, signin.StateSMSVerify)

	second = b.twin()
	b.beaten(func() { second.refuse(code(wrongFor(h.phone.code(t))), signin.ProblemCodeWrong) }).post(signin.Form{Action: "resend"}, signin.StateSMSVerify)
	if note := b.view().Note; note != signin.NoteSendWait { // what became of the message is said all the same
		t.Errorf("note %q", note)
	}
}

func TestAPINThatWasTakenAwayIsNotCalledWrong(t *testing.T) { // ABUSE 19
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: "lost-device"}, signin.StateRecover)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		u, err := tx.FindUser(ctx, "prc_mfa", "usr_app")
		if err != nil {
			return err
		}
		u.PasswordResetAt = h.now
		return tx.UpdateUser(ctx, u)
	})
	_, err := b.try(signin.Form{PIN: idp.NewSecret("739418")})
	var again *signin.Restarted
	if !errors.As(err, &again) {
		t.Fatalf("%v", err)
	}
	if n := h.tries(idp.EventPINRejected); n != 0 {
		t.Errorf("%d tries counted", n)
	}
}

func TestASigninWhoseSessionHasEndedStartsAgain(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets")
	down := errors.New("redis is down")
	b.node = h.nodeOn(&meddled{Transactions: h.redis.Transactions(), beforeSave: func() error { return down }}, ledger{h.sql})
	if _, err := b.try(login("free")); !errors.Is(err, down) { // the session is started, and nothing says so
		t.Fatalf("%v", err)
	}
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.EndUserSessions(ctx, "prc_free", "usr_free", idp.EndRevoked, idp.AuditEvent{
			ID: idp.NewEventID(h.now), At: h.now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorSystem}, Result: idp.ResultSuccess,
		}, h.now)
		return err
	})
	_, err := b.try(login("free"))
	var again *signin.Restarted
	if !errors.As(err, &again) {
		t.Fatalf("%v", err)
	}
}

// The notes of a message that did not go out are the deliveries of package proof.
func TestEveryDeliveryIsANote(t *testing.T) {
	for delivery, note := range map[proof.Delivery]signin.Note{
		proof.Sent: signin.NoteNone, proof.SendWait: signin.NoteSendWait, proof.SMSClosed: signin.NoteSMSClosed,
		proof.NumberRefused: signin.NoteNumberRefused, proof.CodeNotSent: signin.NoteCodeNotSent,
	} {
		if string(delivery) != string(note) {
			t.Errorf("%q is not %q", delivery, note)
		}
	}
}
