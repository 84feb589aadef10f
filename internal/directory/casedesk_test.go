package directory_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// The support desk has a second person, and one who looks on.
const (
	noor = "noor"
	lee  = "lee"
)

// desk is a town whose support desk is staffed, and whose practice X has a number on file.
type desk struct{ *town }

func atDesk(t *testing.T, test func(*testing.T, *desk)) {
	t.Helper()
	inTown(t, func(t *testing.T, w *town) {
		d := &desk{town: w}
		for _, name := range []string{noor, lee} {
			d.do(func(ctx context.Context, tx *sqlstore.Tx) error {
				return tx.CreateUser(ctx, idp.User{
					ID: idp.UserID("usr_" + name), PracticeID: "prc_aps", Name: name, Username: name + "@aps.example", State: idp.UserActive,
					Roles: []idp.Role{idp.RoleAPSStaff}, PasswordHash: d.account(riley).User.PasswordHash, CreatedAt: d.now, UpdatedAt: d.now, Version: 1,
				})
			})
		}
		d.file("03 5550 1234")
		d.fresh()
		test(t, d)
	})
}

// file puts practice X's number on file.
func (d *desk) file(number string) {
	d.t.Helper()
	practice, err := d.store.FindPractice(d.t.Context(), practiceX)
	d.must(err)
	_, err = d.UpdatePractice(d.t.Context(), staffer(riley), practiceX, directory.PracticeEdit{Version: practice.Version, Phone: &number}, d.now)
	d.must(err)
}

// staffer is a member of staff who gives a command.
func staffer(name string) directory.Caller {
	c := by(name)
	c.Kind = idp.ActorStaff
	return c
}

func (d *desk) open(action idp.CaseAction, about string) idp.Case {
	d.t.Helper()
	user := d.account(about).User
	opened, err := d.OpenCase(d.t.Context(), staffer(riley), directory.NewCase{
		PracticeID: user.PracticeID, UserID: user.ID, Action: action, Reason: "Lost the telephone on the ferry.",
	}, d.now)
	d.must(err)
	return opened
}

func (d *desk) check(id idp.CaseID, name idp.CheckName, result idp.CheckResult) error {
	voucher := ""
	if name == idp.CheckColleague {
		voucher = d.colleague(id).Username
	}
	return d.RecordCheck(d.t.Context(), staffer(riley), id, directory.NewCheck{Name: name, Result: result, How: "Asked for them at the reception.", Voucher: voucher}, d.now)
}

// colleague is somebody of the case's practice who has no part in it.
func (d *desk) colleague(id idp.CaseID) idp.User {
	d.t.Helper()
	stored, err := d.store.FindCase(d.t.Context(), id)
	d.must(err)
	user := idp.User{
		ID: "usr_cass_" + idp.UserID(stored.PracticeID), PracticeID: stored.PracticeID, Name: "Cass", Username: "cass@" + strings.TrimPrefix(string(stored.PracticeID), "prc_") + ".example",
		State: idp.UserActive, PasswordHash: d.account(riley).User.PasswordHash, CreatedAt: d.now, UpdatedAt: d.now, Version: 1,
	}
	if _, err := d.store.FindAccount(d.t.Context(), user.ID); err != nil {
		d.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, user) })
	}
	return user
}

// submitted is a case with enough checks, in the hands of the second person.
func (d *desk) submitted(action idp.CaseAction, about string) idp.CaseID {
	d.t.Helper()
	id := d.open(action, about).ID
	d.must(d.check(id, idp.CheckCallBack, idp.CheckPassed))
	d.must(d.check(id, idp.CheckColleague, idp.CheckPassed))
	d.must(d.SubmitCase(d.t.Context(), staffer(riley), id, d.now))
	return id
}

// mailed returns the notices of the kind, and forgets all there are.
func (d *desk) mailed(kind idp.NoticeKind) (found []idp.Notice) {
	for _, notice := range d.notices {
		if notice.Kind == kind {
			found = append(found, notice)
		}
	}
	d.notices = nil
	return found
}

// readers lists to whom they go, sorted.
func readers(notices []idp.Notice) string {
	var names []string
	for _, notice := range notices {
		names = append(names, strings.TrimPrefix(string(notice.UserID), "usr_"))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// one returns the only event since the last look, and fails if it is not of this type and result.
func (d *desk) one(kind idp.EventType, result idp.Result, reason idp.Reason) idp.AuditEvent {
	d.t.Helper()
	found := slices.DeleteFunc(d.fresh(), func(e idp.AuditEvent) bool { return e.Type == idp.EventSessionEnded })
	if len(found) != 1 || found[0].Type != kind || found[0].Result != result || found[0].Reason != reason {
		d.t.Fatalf("events %v, not one %s (%s, %q)", found, kind, result, reason)
	}
	return found[0]
}
