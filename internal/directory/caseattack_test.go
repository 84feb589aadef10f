package directory_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

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
			kind   idp.EventType
			reason idp.Reason
			code   idp.Code
		}{
			{"submit without a check", func() error { return d.SubmitCase(ctx, staffer(riley), open, d.now) }, idp.EventCaseSubmitted, "no_call_back", idp.CodeForbidden},
			{"approve what is not submitted", func() error { return d.DecideCase(ctx, staffer(noor), open, true, "", d.now) }, idp.EventCaseApproved, "wrong_state", idp.CodeConflict},
			{"carry out what is open", func() error { return only(d.PerformCase(ctx, staffer(riley), open, d.now)) }, idp.EventCaseDone, "wrong_state", idp.CodeConflict},
			{"approve the own", func() error { return d.DecideCase(ctx, staffer(riley), handed, true, "", d.now) }, idp.EventCaseApproved, "had_part", idp.CodeForbidden},
			{"carry out what waits", func() error { return only(d.PerformCase(ctx, staffer(riley), handed, d.now)) }, idp.EventCaseDone, "wrong_state", idp.CodeConflict},
			{"carry out as the second person", func() error { return only(d.PerformCase(ctx, staffer(noor), approved, d.now)) }, idp.EventCaseDone, "not_opener", idp.CodeForbidden},
			{"carry out too late", func() error {
				return only(d.PerformCase(ctx, staffer(riley), approved, d.now.Add(policy.CaseApproval)))
			}, idp.EventCaseDone, "expired", idp.CodeConflict},
			{"with the clock set back", func() error { return only(d.PerformCase(ctx, staffer(riley), approved, d.now)) }, idp.EventCaseDone, "expired", idp.CodeConflict},
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

// ABUSE 32, 39: only APS staff get at a case; people of a practice are refused.
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
			return d.RecordCheck(ctx, c, id, directory.NewCheck{Name: idp.CheckCallBack, Result: idp.CheckPassed, How: "x"}, d.now)
		},
		"code": func(ctx context.Context, c directory.Caller) error {
			return d.RecordCheck(ctx, c, id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: idp.NewSecret("12345678")}, d.now)
		},
		"submit":  func(ctx context.Context, c directory.Caller) error { return d.SubmitCase(ctx, c, id, d.now) },
		"approve": func(ctx context.Context, c directory.Caller) error { return d.DecideCase(ctx, c, id, true, "", d.now) },
		"refuse": func(ctx context.Context, c directory.Caller) error {
			return d.DecideCase(ctx, c, id, false, "no", d.now)
		},
		"perform": func(ctx context.Context, c directory.Caller) error { return only(d.PerformCase(ctx, c, id, d.now)) },
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
