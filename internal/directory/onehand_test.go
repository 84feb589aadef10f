package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// takenAddress is where the attacker reads mail.
const takenAddress = "tom@attacker.example"

// ABUSE 49: an administrator alone changes an address, mails a reset there and resets MFA. Neither goes through, by any way round,
// until the person has signed in with the new address or 72 hours have passed.
func TestOneAdministratorNeverTakesAnAccount(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour) // the administrators are there for longer
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr("tom@first.example")}))
		w.now = w.now.Add(time.Hour)
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr(takenAddress)}))
		w.mail()
		w.fresh()
		for _, at := range []time.Duration{0, policy.AddressRest - time.Second} {
			w.openedBy(by(uma), w.now.Add(at), idp.CodeForbidden)
		}
		w.nothingMailed(w.now)
		if account := w.account(tom); len(account.Authenticators) != 2 || account.PIN == nil {
			t.Errorf("MFA was reset: %+v", account)
		}
		w.openedBy(by(uma), w.now.Add(policy.AddressRest), "")
	})
}

// ABUSE 49: what an integration changed, no integration opens; an administrator who had no part does.
func TestOneIntegrationNeverTakesAnAccount(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour) // the administrators are there for longer
		caller := w.apsProgram()
		w.must(w.edit(caller, tom, directory.UserEdit{Username: ptr(takenAddress)}))
		w.mail()
		w.openedBy(caller, w.now, idp.CodeForbidden)
		w.nothingMailed(w.now)
		w.openedBy(by(uma), w.now, "")
	})
}

// ABUSE 49: a second hand that changes the address again frees nobody, and an account made for it does not count as another person.
func TestBorrowedHandsTakeNoAccount(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour) // the administrators are there for longer
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr("tom@first.example")}))
		w.must(w.edit(w.apsProgram(), tom, directory.UserEdit{Username: ptr(takenAddress)}))
		w.now = w.now.Add(time.Minute)
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.CreateUser(ctx, idp.User{
				ID: "usr_puppet", PracticeID: practiceX, Name: "puppet", Username: "puppet@attacker.example", State: idp.UserActive,
				Roles: []idp.Role{idp.RoleUserManagement}, PasswordHash: w.account(uma).User.PasswordHash, CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
			})
		})
		w.openedBy(by(uma), w.now, idp.CodeForbidden)
		w.openedBy(by("puppet"), w.now, idp.CodeForbidden)
		w.openedBy(by(olivia), w.now, "")
	})
}

// A sign-in with the new address says that the person has it.
func TestSigninConfirmsAnAddress(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour) // the administrators are there for longer
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr("tom@new.example")}))
		w.openedBy(by(uma), w.now, idp.CodeForbidden)
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			user := w.account(tom).User
			return tx.StartSession(ctx, idp.Session{
				ID: "ses_new", PracticeID: user.PracticeID, UserID: user.ID, ClientID: "timesheets", ACR: idp.ACRPassword, BrowserHash: "new",
				AuthTime: w.now.Add(time.Second), CreatedAt: w.now.Add(time.Second), ExpiresAt: w.now.Add(time.Hour), LastActivity: w.now.Add(time.Second),
			})
		})
		w.openedBy(by(uma), w.now.Add(time.Minute), "")
	})
}

// ABUSE 36, 49: an integration of APS brings nobody into APS's own practice, and changes nothing there.
func TestIntegrationChangesNothingAtAPS(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour) // the administrators are there for longer
		caller := w.apsProgram()
		_, err := w.InviteUser(t.Context(), caller, directory.Invitation{PracticeID: "prc_aps", Username: "new@attacker.example", Name: "New"}, w.now)
		if idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("invited: %v", err)
		}
		practice, err := w.store.FindPractice(t.Context(), "prc_aps")
		w.must(err)
		_, err = w.UpdatePractice(t.Context(), caller, "prc_aps", directory.PracticeEdit{Version: practice.Version, Name: ptr("Attacker")}, w.now)
		if idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("edited: %v", err)
		}
	})
}

// ABUSE 39: a code that the approver had in their own mailbox is no second proof.
func TestReaderOfTheCodeDoesNotApprove(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.update(noor, func(u *idp.User) { u.Roles = []idp.Role{idp.RoleAPSStaff, idp.RoleUserManagement} })
		id := d.open(idp.CaseResetMFA, lee).ID
		d.mail()
		d.must(d.SendCaseCode(t.Context(), staffer(riley), id, "usr_"+noor, d.now))
		code := d.letter(idp.NoticeCaseCode).Code
		d.must(d.RecordCheck(t.Context(), staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: code}, d.now))
		d.must(d.SendCaseCode(t.Context(), staffer(riley), id, "usr_"+lee, d.now)) // another mailbox afterwards hides nothing
		d.fresh()
		if err := d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("approved: %v", err)
		}
		d.one(idp.EventCaseApproved, idp.ResultFailure, policy.CaseHadPart.Reason())
	})
}

// openedBy has the caller mail Tom a reset and reset his MFA, and expects the same answer to both.
func (w *town) openedBy(caller directory.Caller, at time.Time, want idp.Code) {
	w.t.Helper()
	reset := w.SendPasswordReset(w.t.Context(), caller, "usr_"+tom, at)
	mfa := w.ResetMFA(w.t.Context(), caller, "usr_"+tom, "They asked.", at)
	for name, err := range map[string]error{"mail a reset": reset, "reset MFA": mfa} {
		if want == "" && err != nil || want != "" && idp.CodeOf(err) != want {
			w.t.Errorf("%s by %s: %v", name, caller.ID, err)
		}
	}
}

// nothingMailed asks for the links that anyone may ask for, and expects none in the attacker's mailbox.
func (w *town) nothingMailed(at time.Time) {
	w.t.Helper()
	w.must(w.RequestPasswordReset(w.t.Context(), origin(), takenAddress, at))
	w.must(w.RequestUnlock(w.t.Context(), origin(), takenAddress, at))
	for _, n := range w.mail() {
		if n.Email == takenAddress {
			w.t.Errorf("mailed: %+v", n)
		}
	}
}

// apsProgram is an integration of APS.
func (w *town) apsProgram() directory.Caller {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateClient(ctx, idp.Client{
			Registration: idp.Registration{
				ID: "backoffice", Name: "Back office", Kind: idp.ClientMachine, AuthMethod: idp.AuthBasic, Profile: idp.ProfileDefault,
				IDTokenAlg: "ES256", PracticeID: "prc_aps", Owner: "Riley", Purpose: "Joiners",
			},
			CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
		})
	})
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorClient, ID: "backoffice"}}
}

// ABUSE 49, 39: an administrator who changed the address calls support, and is the colleague who vouches, or has somebody vouch whom they
// invited since; support takes neither, nor a code from their mailboxes, and takes the word of another person.
func TestWhoChangedTheAddressDoesNotVouch(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.now = d.now.Add(24 * time.Hour)
		d.must(d.edit(by(uma), tom, directory.UserEdit{Username: ptr(takenAddress)}))
		accomplice, err := d.InviteUser(t.Context(), by(uma), directory.Invitation{
			PracticeID: practiceX, Username: "second@attacker.example", Name: "Second", Roles: []idp.Role{idp.RoleUserManagement},
		}, d.now)
		d.must(err)
		for _, n := range d.mail() {
			if n.Kind == idp.NoticeInvite {
				d.must(d.AcceptInvite(t.Context(), origin(), n.Link, idp.NewSecret(newPassword), d.now))
			}
		}
		d.now = d.now.Add(time.Hour)
		id := d.open(idp.CaseResetMFA, tom).ID
		d.must(d.check(id, idp.CheckCallBack, idp.CheckPassed))
		d.fresh()
		vouched := func(username string) error {
			return d.RecordCheck(t.Context(), staffer(riley), id, directory.NewCheck{
				Name: idp.CheckColleague, Result: idp.CheckPassed, How: "Called the office.", Voucher: username,
			}, d.now)
		}
		for name, username := range map[string]string{
			"who changed it": "uma@example.com", "one who came since": "second@attacker.example", "the person": takenAddress,
			"of another practice": "bob@example.com", "of APS": "riley@example.com", "nobody": "nobody@example.com", "not named": "",
		} {
			err := vouched(username)
			var coded *idp.Error
			if !errors.As(err, &coded) || coded.Field != "voucher" || coded.Code != idp.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
			d.one(idp.EventCaseChecked, idp.ResultFailure, policy.CaseWrongVoucher.Reason())
		}
		for name, reader := range map[string]idp.UserID{"who changed it": "usr_" + uma, "one who came since": accomplice.ID, "the person": "usr_" + tom} {
			if err := d.SendCaseCode(t.Context(), staffer(riley), id, reader, d.now); idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("a code to %s: %v", name, err)
			}
		}
		d.fresh()
		d.must(vouched("Olivia@Example.com "))
		if e := d.one(idp.EventCaseChecked, idp.ResultSuccess, ""); e.Details["voucher"] != "usr_"+olivia {
			t.Errorf("event %+v", e)
		}
		detail, err := d.FindCase(t.Context(), staffer(riley), id, d.now)
		d.must(err)
		if checks := detail.Case.Checks; checks[len(checks)-1].Voucher != "usr_"+olivia || detail.Names["usr_"+olivia] != olivia {
			t.Errorf("on record: %+v, %v", checks, detail.Names)
		}
	})
}

// ABUSE 39: at APS the colleague who vouches is of the same staff, and neither opens nor decides the case.
func TestTheVoucherDoesNotApprove(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		id := d.open(idp.CaseResetMFA, lee).ID
		vouched := func(name string) error {
			return d.RecordCheck(t.Context(), staffer(riley), id, directory.NewCheck{
				Name: idp.CheckColleague, Result: idp.CheckPassed, How: "At the next desk.", Voucher: d.account(name).User.Username,
			}, d.now)
		}
		wantCode(t, "the opener vouches", vouched(riley), idp.CodeInvalid)
		d.must(vouched(noor))
		d.fresh()
		wantCode(t, "the voucher approves", d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now), idp.CodeForbidden)
		d.one(idp.EventCaseApproved, idp.ResultFailure, policy.CaseHadPart.Reason())
		wantCode(t, "the voucher refuses", d.DecideCase(t.Context(), staffer(noor), id, false, "no", d.now), idp.CodeForbidden)
	})
}
