package directory_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
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
	return d.RecordCheck(d.t.Context(), staffer(riley), id, directory.NewCheck{Name: name, Result: result, How: "Asked for them at the reception."}, d.now)
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
func (d *desk) one(kind string, result idp.Result, reason string) idp.AuditEvent {
	d.t.Helper()
	found := slices.DeleteFunc(d.fresh(), func(e idp.AuditEvent) bool { return e.Type == idp.EventSessionEnded })
	if len(found) != 1 || found[0].Type != kind || found[0].Result != result || found[0].Reason != reason {
		d.t.Fatalf("events %v, not one %s (%s, %q)", found, kind, result, reason)
	}
	return found[0]
}

func TestCaseFromTheCallToTheReset(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.open(idp.CaseResetMFA, tom).ID
		event := d.one(idp.EventCaseOpened, idp.ResultSuccess, "")
		if event.PracticeID != practiceX || event.UserID != "usr_"+tom || event.Details["case"] != string(id) || event.Details["action"] != "reset_mfa" {
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

		d.must(d.PerformCase(ctx, staffer(riley), id, d.now))
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
		d.update(uma, func(u *idp.User) { u.PasswordHash, u.PasswordChangedAt = idp.Secret{}, time.Time{} }) // invited, and never came: helps nobody
		id := d.submitted(idp.CaseGrantUserManagement, tom)
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "", d.now))
		d.notices = nil
		d.must(d.PerformCase(ctx, staffer(riley), id, d.now))
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
		if err := d.PerformCase(ctx, staffer(riley), id, d.now); idp.CodeOf(err) != idp.CodeConflict {
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
		d.must(d.PerformCase(ctx, staffer(riley), id, d.now))
		if left := d.account(lee).Authenticators; len(left) != 0 {
			t.Errorf("still there: %v", left)
		}
	})
}

// Somebody came back between the approval and the action: they can do it themselves.
func TestCaseGivesNoAccessWhenSomebodyCameBack(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		for _, name := range []string{olivia, uma} {
			d.update(name, func(u *idp.User) { u.State = idp.UserDisabled })
		}
		id := d.submitted(idp.CaseGrantUserManagement, tom)
		d.must(d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now))
		d.update(uma, func(u *idp.User) { u.State = idp.UserActive })
		if err := d.PerformCase(t.Context(), staffer(riley), id, d.now); idp.CodeOf(err) != idp.CodeForbidden {
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

// ABUSE 39: whatever is tried, one person alone changes nothing, and each try is on record.
func TestCaseNeedsTwoPeople(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		open := d.open(idp.CaseResetMFA, tom).ID
		handed := d.submitted(idp.CaseResetMFA, tom)
		approved := d.submitted(idp.CaseResetMFA, tom)
		d.must(d.DecideCase(ctx, staffer(noor), approved, true, "", d.now))
		failed := d.open(idp.CaseResetMFA, tom).ID
		d.must(d.check(failed, idp.CheckCallBack, idp.CheckFailed))
		d.fresh()
		for _, c := range []struct {
			name   string
			try    func() error
			kind   string
			reason string
			code   idp.Code
		}{
			{"submit without a check", func() error { return d.SubmitCase(ctx, staffer(riley), open, d.now) }, idp.EventCaseSubmitted, "no_call_back", idp.CodeForbidden},
			{"approve what is not submitted", func() error { return d.DecideCase(ctx, staffer(noor), open, true, "", d.now) }, idp.EventCaseApproved, "wrong_state", idp.CodeConflict},
			{"carry out what is open", func() error { return d.PerformCase(ctx, staffer(riley), open, d.now) }, idp.EventCaseDone, "wrong_state", idp.CodeConflict},
			{"approve the own", func() error { return d.DecideCase(ctx, staffer(riley), handed, true, "", d.now) }, idp.EventCaseApproved, "had_part", idp.CodeForbidden},
			{"carry out what waits", func() error { return d.PerformCase(ctx, staffer(riley), handed, d.now) }, idp.EventCaseDone, "wrong_state", idp.CodeConflict},
			{"carry out as the second person", func() error { return d.PerformCase(ctx, staffer(noor), approved, d.now) }, idp.EventCaseDone, "not_opener", idp.CodeForbidden},
			{"carry out too late", func() error { return d.PerformCase(ctx, staffer(riley), approved, d.now.Add(policy.CaseApproval)) }, idp.EventCaseDone, "expired", idp.CodeConflict},
			{"with the clock set back", func() error { return d.PerformCase(ctx, staffer(riley), approved, d.now) }, idp.EventCaseDone, "expired", idp.CodeConflict},
			{"go on after a failed check", func() error { return d.check(failed, idp.CheckColleague, idp.CheckPassed) }, idp.EventCaseChecked, "failed_check", idp.CodeForbidden},
			{"submit after a failed check", func() error { return d.SubmitCase(ctx, staffer(riley), failed, d.now) }, idp.EventCaseSubmitted, "failed_check", idp.CodeForbidden},
			{"reset without a case", func() error { return d.ResetMFA(ctx, staffer(riley), "usr_"+tom, "They asked.", d.now) }, idp.EventMFAReset, "needs_case", idp.CodeForbidden},
		} {
			if err := c.try(); idp.CodeOf(err) != c.code {
				t.Errorf("%s: %v", c.name, err)
			}
			d.one(c.kind, idp.ResultFailure, c.reason)
		}
		d.untouchedTom()
	})
}

func (d *desk) untouchedTom() {
	d.t.Helper()
	account := d.account(tom)
	if len(account.Authenticators) != 2 || account.PIN == nil || len(account.User.Roles) != 0 || len(d.ended()) != 0 {
		d.t.Errorf("something was done: %+v", account)
	}
}

// ABUSE 32, 39: nobody but APS staff comes near a case, and to people of a practice there is none.
func TestCasesAreForStaff(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.submitted(idp.CaseResetMFA, tom)
		d.fresh()
		for name, c := range map[string]struct {
			caller directory.Caller
			code   idp.Code
		}{
			"the practice's administrator":    {by(olivia), idp.CodeForbidden},
			"another practice's":              {by(bob), idp.CodeNotFound},
			"one who says to be staff":        {claim(idp.ActorStaff, bob), idp.CodeNotFound},
			"the machine's own shell":         {shell, idp.CodeForbidden},
			"somebody who was never there":    {staffer("nobody"), idp.CodeNotFound},
			"staff who were disabled":         {staffer(lee), idp.CodeForbidden},
			"one of APS who claims a program": {claim(idp.ActorClient, riley), idp.CodeNotFound},
		} {
			if name == "staff who were disabled" {
				d.update(lee, func(u *idp.User) { u.State = idp.UserDisabled })
			}
			for command, try := range d.everyCommand(id) {
				if err := try(ctx, c.caller); idp.CodeOf(err) != c.code {
					t.Errorf("%s, %s: %v", name, command, err)
				}
				found := d.fresh()
				if len(found) != 1 || found[0].Result != idp.ResultFailure || found[0].Actor != c.caller.Actor {
					t.Errorf("%s, %s left %v", name, command, found)
				}
			}
		}
		for command, try := range d.everyCommand("cas_none") {
			if err := try(ctx, staffer(riley)); idp.CodeOf(err) != idp.CodeNotFound {
				t.Errorf("no such case, %s: %v", command, err)
			}
			if found := d.fresh(); len(found) != 1 || found[0].Details["named_case"] != "cas_none" {
				t.Errorf("no such case, %s left %v", command, found)
			}
		}
		d.untouchedTom()
	})
}

func (d *desk) everyCommand(id idp.CaseID) map[string]func(context.Context, directory.Caller) error {
	return map[string]func(context.Context, directory.Caller) error{
		"send": func(ctx context.Context, c directory.Caller) error {
			return d.SendCaseCode(ctx, c, id, "usr_"+tom, d.now)
		},
		"check": func(ctx context.Context, c directory.Caller) error {
			return d.RecordCheck(ctx, c, id, directory.NewCheck{Name: idp.CheckColleague, Result: idp.CheckPassed, How: "x"}, d.now)
		},
		"code": func(ctx context.Context, c directory.Caller) error {
			return d.RecordCheck(ctx, c, id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: idp.NewSecret("12345678")}, d.now)
		},
		"submit":  func(ctx context.Context, c directory.Caller) error { return d.SubmitCase(ctx, c, id, d.now) },
		"approve": func(ctx context.Context, c directory.Caller) error { return d.DecideCase(ctx, c, id, true, "", d.now) },
		"refuse": func(ctx context.Context, c directory.Caller) error {
			return d.DecideCase(ctx, c, id, false, "no", d.now)
		},
		"perform": func(ctx context.Context, c directory.Caller) error { return d.PerformCase(ctx, c, id, d.now) },
		"close":   func(ctx context.Context, c directory.Caller) error { return d.CloseCase(ctx, c, id, "no", d.now) },
	}
}

// ABUSE 32: staff who mix up two practices get no further.
func TestCaseOfAPracticeIsAboutItsOwnPeople(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		for name, user := range map[string]idp.UserID{"somebody of another practice": "usr_" + bob, "nobody": "usr_none"} {
			_, err := d.OpenCase(ctx, staffer(riley), directory.NewCase{PracticeID: practiceX, UserID: user, Action: idp.CaseResetMFA, Reason: "x"}, d.now)
			if idp.CodeOf(err) != idp.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
			if event := d.one(idp.EventCaseOpened, idp.ResultFailure, "not_found"); event.Details["named_user"] != string(user) {
				t.Errorf("%s left %v", name, event)
			}
		}
		id := d.open(idp.CaseResetMFA, tom).ID
		d.mailed(idp.NoticeCaseOpened)
		for name, c := range map[string]struct {
			to   idp.UserID
			code idp.Code
		}{
			"another practice's administrator": {"usr_" + bob, idp.CodeNotFound},
			"nobody":                           {"usr_none", idp.CodeNotFound},
			"a member of staff":                {"usr_" + riley, idp.CodeNotFound},
		} {
			if err := d.SendCaseCode(ctx, staffer(riley), id, c.to, d.now); idp.CodeOf(err) != c.code {
				t.Errorf("code to %s: %v", name, err)
			}
		}
		d.update(uma, func(u *idp.User) { u.Roles = nil })
		if err := d.SendCaseCode(ctx, staffer(riley), id, "usr_"+uma, d.now); idp.CodeOf(err) != idp.CodeInvalid {
			t.Errorf("code to a colleague without rights: %v", err)
		}
		if sent := d.mailed(idp.NoticeCaseCode); len(sent) != 0 {
			t.Errorf("codes went to %s", readers(sent))
		}
	})
}

// ABUSE 17: fifty guesses at once, of which at most three learn anything; then the check has failed, and the right code is
// worth nothing.
func TestCaseCodeIsGuessedThreeTimesAtMost(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.open(idp.CaseResetMFA, tom).ID
		d.must(d.SendCaseCode(ctx, staffer(riley), id, "usr_"+tom, d.now))
		code := d.mailed(idp.NoticeCaseCode)[0].Code
		wrong := idp.NewSecret("00000000")
		if wrong.Equal(strings.ReplaceAll(code.Reveal(), " ", "")) {
			wrong = idp.NewSecret("11111111")
		}
		var mu sync.Mutex
		learned := 0
		var guesses sync.WaitGroup
		for range 50 {
			guesses.Go(func() {
				err := d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: wrong}, d.now)
				mu.Lock()
				defer mu.Unlock()
				switch idp.CodeOf(err) {
				case idp.CodeInvalid:
					learned++
				case "":
					t.Error("a wrong code was right")
				}
			})
		}
		guesses.Wait()
		if learned > policy.CaseCodeTries {
			t.Errorf("%d guesses learned something", learned)
		}
		for range policy.CaseCodeTries { // those that lost to others did not count
			_ = d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: wrong}, d.now)
		}
		err := d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: code}, d.now)
		if idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("the right code afterwards: %v", err)
		}
		detail, err := d.FindCase(ctx, staffer(riley), id, d.now)
		d.must(err)
		if len(detail.Case.Checks) != 1 || detail.Case.Checks[0].Result != idp.CheckFailed || detail.Case.CodeMisses != policy.CaseCodeTries {
			t.Errorf("on record: %+v", detail.Case)
		}
		if !detail.May["close"] || detail.May["check"] || detail.May["send_code"] || detail.May["submit"] || detail.Blocks == "" {
			t.Errorf("may still %v, %q", detail.May, detail.Blocks)
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

func TestCaseInput(t *testing.T) { // ABUSE 38
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.open(idp.CaseResetMFA, tom).ID
		reason := func(text string) error {
			_, err := d.OpenCase(ctx, staffer(riley), directory.NewCase{PracticeID: practiceX, UserID: "usr_" + tom, Action: idp.CaseResetMFA, Reason: text}, d.now)
			return err
		}
		how := func(text string) error {
			return d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckPersonal, Result: idp.CheckPassed, How: text}, d.now)
		}
		for name, err := range map[string]error{
			"no reason":            reason(" \n"),
			"a reason too long":    reason(strings.Repeat("é", 1001)),
			"escape sequences":     reason("\x1b[2J"),
			"a line separator":     reason("a\u2028b"),
			"no account of it":     how(""),
			"an account too long":  how(strings.Repeat("x", 501)),
			"no reason to refuse":  d.DecideCase(ctx, staffer(noor), id, false, "", d.now),
			"no reason to close":   d.CloseCase(ctx, staffer(riley), id, "", d.now),
			"a check that is none": d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: "feeling", Result: idp.CheckPassed, How: "x"}, d.now),
			"a result between":     d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckPersonal, Result: "maybe", How: "x"}, d.now),
		} {
			if idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.must(reason(strings.Repeat("é", 1000)))
		d.must(how("Ngā mihi,\r\nアロハ\n"))
		detail, err := d.FindCase(ctx, staffer(riley), id, d.now)
		d.must(err)
		if got := detail.Case.Checks[0].How; got != "Ngā mihi,\nアロハ" {
			t.Errorf("kept %q", got)
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
