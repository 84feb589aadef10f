package sqlstore_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// allowed are values for texts that the database holds to a list, and for what a row seals: one each for two rows.
func allowed(n int) []any {
	rows := [][]any{
		{
			idp.PracticeCustomer, idp.PracticeActive, idp.RegionGB, idp.MFARequested, idp.UserActive, idp.ClientNative, idp.AuthKey,
			idp.ProfileGovernmentConnected, idp.AccessStaff, idp.EndIdle, idp.ActivationOpen, idp.CaseResetMFA, idp.CaseSubmitted,
			idp.LinkInvite, idp.KindTOTP, idp.NewSecret("one"), true, []byte("one"),
		},
		{
			idp.PracticeAPS, idp.PracticeSuspended, idp.RegionNZ, idp.MFAActive, idp.UserDisabled, idp.ClientMachine, idp.AuthPost,
			idp.ProfileDefault, idp.AccessEveryone, idp.EndLogout, idp.ActivationDeclined, idp.CaseEnableUser, idp.CaseDone,
			idp.LinkPasswordReset, idp.KindSMS, idp.NewSecret("two"), false, []byte("two"),
		},
	}
	return rows[n-1]
}

// row returns a T in which every field has a value that a row can hold, another one in row 1 than in row 2. set gives it what
// refers to other rows.
func row[T any](t *testing.T, n int, set func(*T)) T {
	t.Helper()
	value := testenv.FilledFrom[T](t, 100*n, allowed(n)...)
	set(&value)
	return value
}

// updated stores a T, and another one over it that is different in every field, and expects all of the second, but for the fields
// named in stay. It goes over all fields that the type has: one without a column, and one that an update leaves out, fail the test.
type updated[T any] struct {
	set    func(*T) // what the two have in common
	stay   []string
	create func(*sqlstore.Tx, context.Context, T) error
	update func(*sqlstore.Tx, context.Context, T) error
	find   func(context.Context, T) (T, error)
}

func (u updated[T]) run(t *testing.T, w *world) {
	t.Helper()
	first, second := row(t, 1, u.set), row(t, 2, u.set)
	setField(&first, "Version", int64(1))
	setField(&second, "Version", int64(1))
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return u.create(tx, ctx, first) })
	got, err := u.find(t.Context(), first)
	must(t, err)
	same(t, got, first)

	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return u.update(tx, ctx, second) })
	got, err = u.find(t.Context(), first)
	must(t, err)
	want := second
	for _, name := range u.stay {
		setField(&want, name, reflect.ValueOf(first).FieldByName(name).Interface())
	}
	setField(&want, "Version", int64(2))
	same(t, got, want)
}

func setField[T any](to *T, name string, value any) {
	reflect.ValueOf(to).Elem().FieldByName(name).Set(reflect.ValueOf(value))
}

func testEveryFieldIsUpdated(t *testing.T, w *world) {
	updated[idp.Practice]{
		set: func(p *idp.Practice) { p.ID = "prc_new" }, stay: []string{"Kind", "CreatedAt"},
		create: (*sqlstore.Tx).CreatePractice, update: (*sqlstore.Tx).UpdatePractice,
		find: func(ctx context.Context, p idp.Practice) (idp.Practice, error) { return w.FindPractice(ctx, p.ID) },
	}.run(t, w)
	updated[idp.User]{
		set: func(u *idp.User) { u.ID, u.PracticeID = "usr_new", w.mine.ID }, stay: []string{"CreatedAt", "LastSigninAt"},
		create: (*sqlstore.Tx).CreateUser, update: (*sqlstore.Tx).UpdateUser,
		find: func(ctx context.Context, u idp.User) (idp.User, error) { return w.FindUser(ctx, u.PracticeID, u.ID) },
	}.run(t, w)
	updated[idp.Client]{
		set: func(c *idp.Client) { c.ID, c.PracticeID = "new", w.mine.ID }, stay: []string{"Kind", "CreatedAt", "LastUsedAt", "NoPKCEAt"},
		create: (*sqlstore.Tx).CreateClient, update: (*sqlstore.Tx).UpdateClient,
		find: func(ctx context.Context, c idp.Client) (idp.Client, error) { return w.FindClient(ctx, c.ID) },
	}.run(t, w)
	updated[idp.Activation]{
		set: func(a *idp.Activation) { a.ID, a.PracticeID = "act_new", w.mine.ID }, stay: []string{"RequestedBy", "RequestedAt", "Note"},
		create: (*sqlstore.Tx).CreateActivation, update: (*sqlstore.Tx).UpdateActivation,
		find: func(ctx context.Context, a idp.Activation) (idp.Activation, error) {
			return w.FindActivation(ctx, a.ID)
		},
	}.run(t, w)
	updated[idp.Case]{
		set:  func(c *idp.Case) { c.ID, c.PracticeID, c.UserID = "cas_new", w.mine.ID, w.ada.ID },
		stay: []string{"Action", "Reason", "OpenedBy", "OpenedAt"}, create: (*sqlstore.Tx).CreateCase, update: (*sqlstore.Tx).UpdateCase,
		find: func(ctx context.Context, c idp.Case) (idp.Case, error) { return w.FindCase(ctx, c.ID) },
	}.run(t, w)
}

// What is replaced as a whole has no version.
func testEveryFieldIsReplaced(t *testing.T, w *world) {
	for n := 1; n <= 2; n++ {
		pin := row(t, n, func(p *idp.RecoveryPIN) { p.PracticeID, p.UserID = w.mine.ID, w.ada.ID })
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.SavePIN(ctx, pin) })
		account, err := w.FindAccount(t.Context(), w.ada.ID)
		must(t, err)
		same(t, account.PIN, &pin)

		guard := row(t, n, func(g *idp.Guard) { g.Subject, g.Proof = "somebody", idp.ProofCode })
		must(t, w.updateGuard(t, guard.Subject, guard.Proof, func(idp.Guard) idp.Guard { return guard }))
		var stored idp.Guard
		must(t, w.updateGuard(t, guard.Subject, guard.Proof, func(g idp.Guard) idp.Guard {
			stored = g
			return g
		}))
		same(t, stored, guard)
	}
}

// What is written once comes back whole.
func testEveryFieldIsStored(t *testing.T, w *world) {
	ctx, do := t.Context(), func(fn func(context.Context, *sqlstore.Tx) error) {
		t.Helper()
		w.do(t, fn)
	}
	key := row(t, 1, func(*keyring.Key) {})
	must(t, w.CreateKey(ctx, key, idp.AuditEvent{}))
	keys, err := w.ListKeys(ctx)
	must(t, err)
	same(t, keys, []keyring.Key{key})

	app := row(t, 1, func(a *idp.Authenticator) {
		a.PracticeID, a.UserID, a.Phone, a.Passkey = w.mine.ID, w.ada.ID, idp.Secret{}, idp.Passkey{}
	})
	sms := row(t, 2, func(a *idp.Authenticator) {
		a.PracticeID, a.UserID, a.TOTPKey, a.Passkey = w.mine.ID, w.ada.ID, idp.Secret{}, idp.Passkey{}
	})
	passkey := testenv.FilledFrom[idp.Authenticator](t, 300, idp.KindPasskey, idp.NewSecret("three"))
	passkey.PracticeID, passkey.UserID, passkey.TOTPKey, passkey.Phone = w.mine.ID, w.ada.ID, idp.Secret{}, idp.Secret{}
	for _, one := range []idp.Authenticator{app, sms, passkey} {
		do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateAuthenticator(ctx, one) })
	}
	authenticators, err := w.ListAuthenticators(ctx, w.mine.ID, w.ada.ID)
	must(t, err)
	same(t, authenticators, []idp.Authenticator{passkey, sms, app})
	account, err := w.FindAccount(ctx, w.ada.ID)
	must(t, err)
	same(t, account.Authenticators, authenticators)

	session := row(t, 1, func(s *idp.Session) { s.PracticeID, s.UserID, s.ClientID = w.mine.ID, w.ada.ID, w.app.ID })
	do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.StartSession(ctx, session) })
	gotSession, err := w.FindSession(ctx, session.ID)
	must(t, err)
	same(t, gotSession, session)

	open := w.started(t, w.ada, w.app)
	token := row(t, 1, func(r *idp.RefreshToken) { r.SID = open.ID })
	must(t, w.CreateRefreshToken(ctx, token))
	gotToken, err := w.FindRefreshToken(ctx, token.Hash)
	must(t, err)
	same(t, gotToken, token)

	link := row(t, 1, func(l *idp.Link) { l.PracticeID, l.UserID = w.mine.ID, w.ada.ID })
	do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateLink(ctx, link) })
	gotLink, err := w.FindLink(ctx, link.Hash)
	must(t, err)
	same(t, gotLink, link)

	event := row(t, 1, func(*idp.AuditEvent) {})
	must(t, w.AppendEvent(ctx, event))
	events, _, err := w.SearchEvents(ctx, event.PracticeID, directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	same(t, events, []idp.AuditEvent{event})
	records, _, err := w.ListUnsealed(ctx, "", 10)
	must(t, err)
	for _, record := range records {
		if empty := testenv.EmptyFields(record); len(empty) > 0 {
			t.Errorf("%v of an event are not sealed", empty)
		}
	}
	same(t, len(records), 1)
	waiting, err := w.ListWaiting(ctx, "", 10)
	must(t, err)
	same(t, waiting, records)
}
