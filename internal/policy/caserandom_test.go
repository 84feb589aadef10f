package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// diary is what happened to a case, written down beside it: the test believes this, not the case.
type diary struct {
	opener     string
	hands      map[string]bool // who opened it or recorded a check
	passed     map[idp.CheckName]bool
	failed     bool
	misses     int
	approvedBy string
	approvedAt time.Time
	done       bool
}

// Whatever staff do in whatever order: nothing is carried out without two people, enough checks, none that failed, and an
// approval that is still good.
func TestNothingIsDoneWithoutTwoPeopleAndEnoughChecks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := opened(idp.CaseOpen)
		c.CodeHash = idp.Secret{}
		now, staff := caseTime, []string{"riley", "noor", "lee"}
		d := diary{opener: "riley", hands: map[string]bool{"riley": true}, passed: map[idp.CheckName]bool{}}
		about := customer()
		if rapid.Bool().Draw(t, "about a colleague") {
			about.User.ID, c.UserID = "usr_noor", "usr_noor"
			about.Practice.Kind = idp.PracticeAPS
		}
		for range 60 {
			now = now.Add(rapid.SampledFrom(append(slices.Repeat([]time.Duration{time.Minute}, 9), 59*time.Minute, time.Hour)).Draw(t, "later"))
			who := rapid.SampledFrom(staff).Draw(t, "who")
			next, problem := d.step(t, c, who, about, now)
			if problem == policy.CaseFine || problem == policy.CaseWrongCode || problem == policy.CaseWrongCodes {
				if "usr_"+who == string(c.UserID) {
					t.Fatalf("%s had a hand in the own case", who)
				}
				c = next
			}
		}
	})
}

// command is what a caller tries next: mostly something that fits the state, so that cases come to their end too.
func command(t *rapid.T, state idp.CaseState) string {
	fits := map[idp.CaseState][]string{
		idp.CaseOpen:      {"check", "check", "send", "code", "submit"},
		idp.CaseSubmitted: {"approve", "approve", "approve", "refuse"},
		idp.CaseApproved:  {"perform", "perform", "refuse", "approve"},
	}[state]
	if len(fits) == 0 || rapid.IntRange(0, 7).Draw(t, "out of order") == 0 {
		fits = []string{"check", "send", "code", "submit", "approve", "refuse", "perform", "perform", "close"}
	}
	return rapid.SampledFrom(fits).Draw(t, "command")
}

// step does something, and writes down what came of it.
func (d *diary) step(t *rapid.T, c idp.Case, who string, about idp.Account, now time.Time) (idp.Case, policy.CaseProblem) {
	doer := desk(who)
	switch command(t, c.State) {
	case "check":
		check := idp.CaseCheck{
			Name:   rapid.SampledFrom([]idp.CheckName{idp.CheckCallBack, idp.CheckColleague, idp.CheckPersonal, idp.CheckMailboxCode}).Draw(t, "check"),
			Result: rapid.SampledFrom(append(slices.Repeat([]idp.CheckResult{idp.CheckPassed}, 15), idp.CheckFailed)).Draw(t, "result"),
		}
		// The colleagues are those of the desk and one who is not: at APS they are the same people.
		voucher := someone("usr_"+rapid.SampledFrom([]string{"riley", "noor", "lee", "uma"}).Draw(t, "voucher"), string(c.PracticeID))
		voucher.PasswordChangedAt = caseTime
		if check.Name == idp.CheckColleague {
			check.Voucher = voucher.ID
		}
		next, problem := policy.RecordCheck(doer, c, check, true, policy.MayVouch(doer, c, voucher, about.User, now))
		if problem == policy.CaseFine {
			d.wrote(who, check.Name, check.Result == idp.CheckPassed)
			d.hands[strings.TrimPrefix(string(check.Voucher), "usr_")] = true
		}
		return next, problem
	case "send":
		return policy.SendCode(doer, c, idp.NewSecret("hash"), c.UserID, true, now)
	case "code":
		right := rapid.Bool().Draw(t, "right")
		next, problem := policy.TryCaseCode(doer, c, right, "", now)
		d.guessed(t, who, right, problem)
		return next, problem
	case "submit":
		return policy.SubmitCase(doer, c)
	case "approve":
		next, problem := policy.DecideCase(doer, c, true, "", now)
		if problem == policy.CaseFine {
			d.approvedBy, d.approvedAt = who, now
		}
		return next, problem
	case "refuse":
		next, problem := policy.DecideCase(doer, c, false, "", now)
		if problem == policy.CaseFine {
			d.approvedBy = ""
		}
		return next, problem
	case "perform":
		next, problem := policy.PerformCase(doer, c, about, 0, now)
		if problem == policy.CaseFine {
			d.judge(t, who, now)
		}
		return next, problem
	default:
		return policy.CloseCase(doer, c, "", now)
	}
}

func (d *diary) wrote(who string, name idp.CheckName, passed bool) {
	d.hands[who] = true
	d.passed[name] = d.passed[name] || passed
	d.failed = d.failed || !passed
}

func (d *diary) guessed(t *rapid.T, who string, right bool, problem policy.CaseProblem) {
	switch problem {
	case policy.CaseFine:
		if !right || d.misses >= policy.CaseCodeTries {
			t.Fatal("a code was taken that should not have been")
		}
		d.wrote(who, idp.CheckMailboxCode, true)
	case policy.CaseWrongCode:
		d.misses++
	case policy.CaseWrongCodes:
		d.misses++
		d.wrote(who, idp.CheckMailboxCode, false)
	}
}

func (d *diary) judge(t *rapid.T, who string, now time.Time) {
	switch {
	case d.done:
		t.Fatal("done twice")
	case who != d.opener:
		t.Fatalf("%s carried it out, and did not open it", who)
	case d.approvedBy == "" || d.hands[d.approvedBy]:
		t.Fatalf("%q approved it, and %v had a hand in it", d.approvedBy, d.hands)
	case now.Sub(d.approvedAt) >= policy.CaseApproval:
		t.Fatalf("done %s after the approval", now.Sub(d.approvedAt))
	case d.failed || !d.passed[idp.CheckCallBack] || !d.passed[idp.CheckMailboxCode] && !d.passed[idp.CheckColleague]:
		t.Fatalf("not enough was checked: %v, failed %t", d.passed, d.failed)
	}
	d.done = true
}
