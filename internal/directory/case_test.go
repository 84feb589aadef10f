package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestCaseFromTheCallToTheReset(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.open(idp.CaseResetMFA, tom).ID
		event := d.one(idp.EventCaseOpened, idp.ResultSuccess, "")
		if event.PracticeID != practiceX || event.UserID != "usr_"+tom || event.Details["case"] != string(id) || event.Details["action"] != "reset_mfa" || event.Details["reason_given"] == "" {
			t.Errorf("opened: %+v", event)
		}
		told := d.mailed(idp.NoticeCaseOpened)
		if got := readers(told); got != "olivia tom uma" {
			t.Errorf("told of the case: %s", got)
		}
		if told[0].About != tom || told[0].By != riley || told[0].Text == "" {
			t.Errorf("told: %+v", told[0])
		}

		d.must(d.check(id, idp.CheckCallBack, idp.CheckPassed))
		event = d.one(idp.EventCaseChecked, idp.ResultSuccess, "")
		if event.Details["check"] != "call_back" || event.Details["result"] != "passed" || event.Details["how"] == "" {
			t.Errorf("checked: %+v", event)
		}
		d.must(d.SendCaseCode(ctx, staffer(riley), id, "usr_"+olivia, d.now))
		d.one(idp.EventCaseCodeSent, idp.ResultSuccess, "")
		code := d.mailed(idp.NoticeCaseCode)
		if readers(code) != olivia || !code[0].Until.Equal(d.now.Add(policy.CaseCodeLifetime)) || code[0].About != tom {
			t.Fatalf("the code: %+v", code)
		}
		d.must(d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: code[0].Code}, d.now))
		d.one(idp.EventCaseChecked, idp.ResultSuccess, "")
		d.must(d.SubmitCase(ctx, staffer(riley), id, d.now))
		d.one(idp.EventCaseSubmitted, idp.ResultSuccess, "")
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "Called back, and Olivia read the code.", d.now))
		d.one(idp.EventCaseApproved, idp.ResultSuccess, "")
		if len(d.account(tom).Authenticators) != 2 {
			t.Fatal("something was done before it was carried out")
		}

		d.must(only(d.PerformCase(ctx, staffer(riley), id, d.now)))
		event = d.one(idp.EventCaseDone, idp.ResultSuccess, "")
		if event.Details["approved_by"] != "usr_"+noor || event.UserID != "usr_"+tom {
			t.Errorf("done: %+v", event)
		}
		account := d.account(tom)
		if len(account.Authenticators) != 0 || account.PIN != nil {
			t.Errorf("MFA is still there: %+v", account)
		}
		if got := d.ended(); len(got) != len(apps()) {
			t.Errorf("sessions that ended: %v", got)
		}
		notices := slices.Clone(d.notices)
		if got := readers(d.mailed(idp.NoticeCaseDone)); got != "olivia tom uma" {
			t.Errorf("told that it is done: %s", got)
		}
		d.notices = notices
		if got := readers(d.mailed(idp.NoticeMFAReset)); got != "tom tom" { // by e-mail, and by text to the old number
			t.Errorf("told of the reset: %s", got)
		}
		detail, err := d.FindCase(ctx, staffer(lee), id, d.now)
		d.must(err)
		if detail.Case.State != idp.CaseDone || detail.Case.DoneBy != "usr_"+riley || detail.Names["usr_"+noor] != noor || len(detail.Case.Checks) != 2 {
			t.Errorf("on record: %+v", detail)
		}
	})
}

func TestCaseGivesAccessWhereNobodyHasIt(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		ask := directory.NewCase{PracticeID: practiceX, UserID: "usr_" + tom, Action: idp.CaseGrantUserManagement, Reason: "Olivia left."}
		if _, err := d.OpenCase(ctx, staffer(riley), ask, d.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Fatalf("while Olivia is there: %v", err)
		}
		d.one(idp.EventCaseOpened, idp.ResultFailure, "has_manager")
		d.update(olivia, func(u *idp.User) { u.State = idp.UserDisabled })
		d.update(uma, func(u *idp.User) { u.PasswordHash, u.PasswordChangedAt = idp.Secret{}, time.Time{} }) // invited, and has not joined: cannot help
		id := d.submitted(idp.CaseGrantUserManagement, tom)
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "", d.now))
		d.notices = nil
		d.must(only(d.PerformCase(ctx, staffer(riley), id, d.now)))
		user := d.account(tom).User
		if !user.HasRole(idp.RoleUserManagement) || !user.HasRole(idp.RoleSystemAdministrator) || user.HasRole(idp.RoleAPSStaff) {
			t.Errorf("roles are %v", user.Roles)
		}
		if len(d.account(tom).Authenticators) != 2 {
			t.Error("MFA went as well")
		}
		if got := readers(d.mailed(idp.NoticeCaseDone)); !strings.Contains(got, tom) {
			t.Errorf("told: %s", got)
		}
		if err := only(d.PerformCase(ctx, staffer(riley), id, d.now)); idp.CodeOf(err) != idp.CodeConflict {
			t.Errorf("again: %v", err)
		}
	})
}

// A colleague at APS who lost the device is helped the same way, and has no hand in it.
func TestCaseAboutAColleagueAtAPS(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		_, err := d.BindAuthenticator(ctx, shell, directory.NewAuthenticator{
			PracticeID: "prc_aps", UserID: "usr_" + lee, Kind: idp.KindSMS, Country: "AU", Phone: phone,
		}, d.now)
		d.must(err)
		aps, err := d.store.FindPractice(ctx, "prc_aps")
		d.must(err)
		number := "02 5550 1000"
		_, err = d.UpdatePractice(ctx, staffer(riley), "prc_aps", directory.PracticeEdit{Version: aps.Version, Phone: &number}, d.now)
		d.must(err)
		_, err = d.OpenCase(ctx, staffer(lee), directory.NewCase{PracticeID: "prc_aps", UserID: "usr_" + lee, Action: idp.CaseResetMFA, Reason: "Me."}, d.now)
		if idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("for oneself: %v", err)
		}
		id := d.submitted(idp.CaseResetMFA, lee)
		if err := d.DecideCase(ctx, staffer(lee), id, true, "", d.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("approved by whom it is about: %v", err)
		}
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "", d.now))
		d.must(only(d.PerformCase(ctx, staffer(riley), id, d.now)))
		if left := d.account(lee).Authenticators; len(left) != 0 {
			t.Errorf("still there: %v", left)
		}
	})
}

// A manager came back between the approval and the action: the practice can help itself.
func TestCaseGivesNoAccessWhenSomebodyCameBack(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		for _, name := range []string{olivia, uma} {
			d.update(name, func(u *idp.User) { u.State = idp.UserDisabled })
		}
		id := d.submitted(idp.CaseGrantUserManagement, tom)
		d.must(d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now))
		d.update(uma, func(u *idp.User) { u.State = idp.UserActive })
		if err := only(d.PerformCase(t.Context(), staffer(riley), id, d.now)); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("%v", err)
		}
		detail, err := d.FindCase(t.Context(), staffer(riley), id, d.now)
		d.must(err)
		if detail.May["perform"] || detail.Blocks == "" {
			t.Errorf("the page says %v, %q", detail.May, detail.Blocks)
		}
		if roles := d.account(tom).User.Roles; len(roles) != 0 {
			t.Errorf("roles are %v", roles)
		}
	})
}

// A code works once, for its time, and only the last one that was sent; what was typed is in no event.
func TestCaseCode(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.open(idp.CaseResetMFA, tom).ID
		try := func(code idp.Secret, at time.Time) idp.Code {
			return idp.CodeOf(d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: code}, at))
		}
		send := func() idp.Secret {
			d.must(d.SendCaseCode(ctx, staffer(riley), id, "usr_"+olivia, d.now))
			return d.mailed(idp.NoticeCaseCode)[0].Code
		}
		if got := try(idp.NewSecret("12345678"), d.now); got != idp.CodeInvalid {
			t.Errorf("before one was sent: %s", got)
		}
		first := send()
		if got := try(first, d.now.Add(policy.CaseCodeLifetime)); got != idp.CodeInvalid {
			t.Errorf("after its time: %s", got)
		}
		second := send()
		if got := try(first, d.now); first.Reveal() != second.Reveal() && got != idp.CodeInvalid {
			t.Errorf("the one before: %s", got)
		}
		if got := try(idp.NewSecret("1234"), d.now); got != idp.CodeInvalid {
			t.Errorf("four digits: %s", got)
		}
		if got := try(second, d.now); got != "" {
			t.Errorf("the right one: %s", got)
		}
		if got := try(second, d.now); got != idp.CodeInvalid {
			t.Errorf("again: %s", got)
		}
		for _, event := range d.fresh() {
			for name, value := range event.Details {
				if strings.Contains(value, strings.ReplaceAll(second.Reveal(), " ", "")) || strings.Contains(value, second.Reveal()) {
					t.Errorf("%s holds the code in %s", event.Type, name)
				}
			}
		}
		detail, err := d.FindCase(ctx, staffer(riley), id, d.now)
		d.must(err)
		if !detail.Case.CodeHash.IsZero() || !detail.User.PasswordHash.IsZero() {
			t.Error("a hash got out")
		}
	})
}

func TestListCases(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		open := d.open(idp.CaseResetMFA, tom).ID
		d.now = d.now.Add(time.Minute)
		approved := d.submitted(idp.CaseResetMFA, uma)
		d.must(d.DecideCase(ctx, staffer(noor), approved, true, "", d.now))
		list := func(at time.Time, states ...idp.CaseState) (ids []idp.CaseID) {
			t.Helper()
			found, next, err := d.ListCases(ctx, staffer(lee), directory.CaseQuery{States: states}, directory.Page{}, at)
			d.must(err)
			if next != "" {
				t.Errorf("there is more: %q", next)
			}
			for _, c := range found {
				ids = append(ids, c.ID)
			}
			return ids
		}
		later := d.now.Add(policy.CaseApproval)
		for name, c := range map[string]struct{ got, want []idp.CaseID }{
			"all, newest first":   {list(d.now), []idp.CaseID{approved, open}},
			"approved":            {list(d.now, idp.CaseApproved), []idp.CaseID{approved}},
			"approved, too late":  {list(later, idp.CaseApproved), nil},
			"run out":             {list(later, idp.CaseExpired), []idp.CaseID{approved}},
			"run out, not so yet": {list(d.now, idp.CaseExpired), nil},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("%s: %v", name, c.got)
			}
		}
		lines, _, err := d.DescribeCases(ctx, staffer(lee), directory.CaseQuery{UserID: "usr_" + uma}, directory.Page{}, d.now)
		d.must(err)
		if len(lines) != 1 || lines[0].User != uma || lines[0].OpenedBy != riley || lines[0].Practice != string(practiceX) {
			t.Errorf("described as %+v", lines)
		}
		d.fresh()
		if _, _, err := d.ListCases(ctx, by(olivia), directory.CaseQuery{}, directory.Page{}, d.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("to an administrator: %v", err)
		}
		d.one(idp.EventAccessRefused, idp.ResultFailure, "not_staff")
	})
}
