package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

var caseTime = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// desk is a member of APS staff.
func desk(name string) policy.Actor {
	return as(idp.ActorStaff, person(someone("usr_"+name, "prc_aps", idp.RoleAPSStaff)))
}

func customer() idp.Account {
	return idp.Account{
		User:     someone("usr_ewan", "prc_x"),
		Practice: idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive},
	}
}

// opened is a case that riley opened, in a state, with these checks of riley's.
func opened(state idp.CaseState, checks ...idp.CaseCheck) idp.Case {
	c := idp.Case{
		ID: "cas_1", PracticeID: "prc_x", UserID: "usr_ewan", Action: idp.CaseResetMFA, State: state,
		OpenedBy: "usr_riley", OpenedAt: caseTime, Checks: checks,
	}
	switch state {
	case idp.CaseApproved:
		c.DecidedBy, c.DecidedAt, c.ActUntil = "usr_noor", caseTime, caseTime.Add(policy.CaseApproval)
	case idp.CaseOpen:
		c.CodeHash, c.CodeTo, c.CodeUntil = idp.NewSecret("hash"), "usr_ewan", caseTime.Add(policy.CaseCodeLifetime)
	}
	return c
}

func checked(name idp.CheckName, result idp.CheckResult) idp.CaseCheck {
	check := idp.CaseCheck{Name: name, Result: result, By: "usr_riley", At: caseTime}
	if name == idp.CheckColleague {
		check.Voucher = "usr_uma"
	}
	return check
}

func enough() []idp.CaseCheck {
	return []idp.CaseCheck{checked(idp.CheckCallBack, idp.CheckPassed), checked(idp.CheckMailboxCode, idp.CheckPassed)}
}

func TestOpenCase(t *testing.T) { // ABUSE 39
	disabled, suspended, own := customer(), customer(), customer()
	disabled.User.State = idp.UserDisabled
	suspended.Practice.State = idp.PracticeSuspended
	own.User.PracticeID, own.Practice.ID, own.Practice.Kind = "prc_aps", "prc_aps", idp.PracticeAPS
	self := own
	self.User.ID = "usr_riley"
	const reset, grant, enable = idp.CaseResetMFA, idp.CaseGrantUserManagement, idp.CaseEnableUser
	disabledAtAPS, disabledThere := own, suspended
	disabledAtAPS.User.State, disabledThere.User.State = idp.UserDisabled, idp.UserDisabled
	for name, c := range map[string]struct {
		doer     policy.Actor
		action   idp.CaseAction
		about    idp.Account
		managers int
		want     policy.CaseProblem
	}{
		"a reset":                             {desk("riley"), reset, customer(), 0, policy.CaseFine},
		"a reset while the manager is away":   {desk("riley"), reset, customer(), 2, policy.CaseFine},
		"access where nobody has it":          {desk("riley"), grant, customer(), 0, policy.CaseFine},
		"access where somebody could give it": {desk("riley"), grant, customer(), 1, policy.CaseHasManager},
		"access for a colleague at APS":       {desk("riley"), grant, own, 0, policy.CaseOwnPractice},
		"a colleague at APS":                  {desk("riley"), reset, own, 0, policy.CaseFine},
		"back in, where nobody could":         {desk("riley"), enable, disabled, 0, policy.CaseFine},
		"back in, where somebody could":       {desk("riley"), enable, disabled, 1, policy.CaseHasManager},
		"back in for who is not out":          {desk("riley"), enable, customer(), 0, policy.CaseEnabled},
		"back in to a suspended practice":     {desk("riley"), enable, disabledThere, 0, policy.CaseSuspended},
		"back in for a colleague at APS":      {desk("riley"), enable, disabledAtAPS, 0, policy.CaseFine},
		"back in, by a manager":               {person(someone("usr_uma", "prc_x", idp.RoleUserManagement)), enable, disabled, 0, policy.CaseNotStaff},
		"access for somebody disabled":        {desk("riley"), grant, disabled, 0, policy.CaseDisabled},
		"oneself":                             {desk("riley"), reset, self, 0, policy.CaseAboutSelf},
		"something else":                      {desk("riley"), "delete", customer(), 0, policy.CaseUnknownWish},
		"somebody disabled":                   {desk("riley"), reset, disabled, 0, policy.CaseDisabled},
		"a suspended practice":                {desk("riley"), reset, suspended, 0, policy.CaseSuspended},
		"a manager of the practice":           {person(someone("usr_uma", "prc_x", idp.RoleUserManagement)), reset, customer(), 0, policy.CaseNotStaff},
		"a customer with the role of staff":   {as(idp.ActorStaff, person(someone("usr_eve", "prc_x", idp.RoleAPSStaff))), reset, customer(), 0, policy.CaseNotStaff},
		"an APS person who is not staff":      {as(idp.ActorStaff, person(someone("usr_pat", "prc_aps"))), reset, customer(), 0, policy.CaseNotStaff},
		"a program of APS":                    {machine("prc_aps", idp.PracticeAPS), reset, customer(), 0, policy.CaseNotStaff},
		"the machine's own shell":             {policy.Actor{Kind: idp.ActorSystem}, reset, customer(), 0, policy.CaseNotStaff},
	} {
		if got := policy.OpenCase(c.doer, c.action, c.about, c.managers); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

// A manager who has not joined cannot help, and no manager lets a person with more rights back in: then it is for support.
func TestCaseHelpers(t *testing.T) {
	joined := func(name string, roles ...idp.Role) idp.User {
		user := someone(name, "prc_x", roles...)
		user.PasswordHash = idp.NewSecret("hash")
		return user
	}
	uma, invited := joined("usr_uma", idp.RoleUserManagement), someone("usr_ivy", "prc_x", idp.RoleUserManagement)
	olivia := joined("usr_olivia", idp.RoleUserManagement, idp.RoleSystemAdministrator)
	plain, ranked := customer(), customer()
	plain.User.State, ranked.User.State = idp.UserDisabled, idp.UserDisabled
	ranked.User.Roles = olivia.Roles
	for name, c := range map[string]struct {
		action   idp.CaseAction
		about    idp.Account
		managers []idp.User
		want     int
	}{
		"nobody":                          {idp.CaseEnableUser, plain, nil, 0},
		"one who never joined":            {idp.CaseEnableUser, plain, []idp.User{invited}, 0},
		"somebody who can":                {idp.CaseEnableUser, plain, []idp.User{invited, uma}, 1},
		"somebody with fewer rights":      {idp.CaseEnableUser, ranked, []idp.User{uma}, 0},
		"somebody with the same rights":   {idp.CaseEnableUser, ranked, []idp.User{uma, olivia}, 1},
		"access, where somebody has it":   {idp.CaseGrantUserManagement, ranked, []idp.User{uma}, 1},
		"access, where nobody has joined": {idp.CaseGrantUserManagement, plain, []idp.User{invited}, 0},
	} {
		if got := policy.CaseHelpers(c.action, c.about, c.managers); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
}

func TestCaseBlocks(t *testing.T) {
	passed := func(names ...idp.CheckName) (checks []idp.CaseCheck) {
		for _, name := range names {
			checks = append(checks, checked(name, idp.CheckPassed))
		}
		return checks
	}
	for name, c := range map[string]struct {
		checks []idp.CaseCheck
		want   policy.CaseProblem
	}{
		"nothing":                                    {nil, policy.CaseNoCallBack},
		"personal data alone":                        {passed(idp.CheckPersonal), policy.CaseNoCallBack},
		"personal data and a code":                   {passed(idp.CheckPersonal, idp.CheckMailboxCode), policy.CaseNoCallBack},
		"called back, no more":                       {passed(idp.CheckCallBack), policy.CaseNoSecond},
		"called back and personal data":              {passed(idp.CheckCallBack, idp.CheckPersonal), policy.CaseNoSecond},
		"called back twice":                          {passed(idp.CheckCallBack, idp.CheckCallBack), policy.CaseNoSecond},
		"called back and a code":                     {passed(idp.CheckCallBack, idp.CheckMailboxCode), policy.CaseFine},
		"called back and a colleague":                {passed(idp.CheckColleague, idp.CheckCallBack), policy.CaseFine},
		"called back and a colleague without a name": {[]idp.CaseCheck{enough()[0], {Name: idp.CheckColleague, Result: idp.CheckPassed, By: "usr_riley"}}, policy.CaseNoSecond},
		"all, and one failed":                        {append(enough(), checked(idp.CheckPersonal, idp.CheckFailed)), policy.CaseFailedCheck},
		"failed first and passed later":              {append(passed(), checked(idp.CheckCallBack, idp.CheckFailed), enough()[0], enough()[1]), policy.CaseFailedCheck},
		"a result that the script has not":           {append(enough(), checked(idp.CheckPersonal, "maybe")), policy.CaseFailedCheck},
	} {
		if got := policy.CaseBlocks(opened(idp.CaseOpen, c.checks...)); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

func TestCaseCommands(t *testing.T) {
	riley, noor, lee, later := desk("riley"), desk("noor"), desk("lee"), caseTime.Add(time.Minute)
	noCode := opened(idp.CaseOpen)
	noCode.CodeHash = idp.Secret{}
	full := opened(idp.CaseOpen)
	for range policy.MaxCaseChecks {
		full.Checks = append(full.Checks, checked(idp.CheckPersonal, idp.CheckPassed))
	}
	aboutNoor := opened(idp.CaseSubmitted, enough()...)
	aboutNoor.UserID = "usr_noor"
	callBack := idp.CaseCheck{Name: idp.CheckCallBack, Result: idp.CheckPassed, At: later}
	record := func(d policy.Actor, c idp.Case, check idp.CaseCheck, number bool) policy.CaseProblem {
		_, problem := policy.RecordCheck(d, c, check, number, true)
		return problem
	}
	send := func(d policy.Actor, c idp.Case, mayRead bool) policy.CaseProblem {
		_, problem := policy.SendCode(d, c, idp.NewSecret("hash"), "usr_ewan", mayRead, later)
		return problem
	}
	try := func(c idp.Case, right bool, at time.Time) policy.CaseProblem {
		_, problem := policy.TryCaseCode(riley, c, right, "read out", at)
		return problem
	}
	submit := func(d policy.Actor, c idp.Case) policy.CaseProblem {
		_, problem := policy.SubmitCase(d, c)
		return problem
	}
	decide := func(d policy.Actor, c idp.Case, approve bool, at time.Time) policy.CaseProblem {
		_, problem := policy.DecideCase(d, c, approve, "", at)
		return problem
	}
	perform := func(d policy.Actor, c idp.Case, at time.Time) policy.CaseProblem {
		_, problem := policy.PerformCase(d, c, customer(), 0, at)
		return problem
	}
	closeCase := func(d policy.Actor, c idp.Case) policy.CaseProblem {
		_, problem := policy.CloseCase(d, c, "", later)
		return problem
	}
	approved, submitted := opened(idp.CaseApproved, enough()...), opened(idp.CaseSubmitted, enough()...)
	grant := approved
	grant.Action = idp.CaseGrantUserManagement
	_, managed := policy.PerformCase(riley, grant, customer(), 1, later)
	enable := approved
	enable.Action = idp.CaseEnableUser
	_, enabled := policy.PerformCase(riley, enable, customer(), 0, later)
	for _, c := range []struct {
		name      string
		got, want policy.CaseProblem
	}{
		{"record", record(riley, opened(idp.CaseOpen), callBack, true), policy.CaseFine},
		{"record by a colleague", record(lee, opened(idp.CaseOpen), callBack, true), policy.CaseFine},
		{"call back without a number on file", record(riley, opened(idp.CaseOpen), callBack, false), policy.CaseNoNumber},
		{"no number, and said so", record(riley, opened(idp.CaseOpen), checked(idp.CheckCallBack, idp.CheckFailed), false), policy.CaseFine},
		{"record the code without the code", record(riley, opened(idp.CaseOpen), checked(idp.CheckMailboxCode, idp.CheckPassed), true), policy.CaseByCodeOnly},
		{"record a feeling", record(riley, opened(idp.CaseOpen), checked("feeling", idp.CheckPassed), true), policy.CaseUnknownCheck},
		{"record a maybe", record(riley, opened(idp.CaseOpen), checked(idp.CheckPersonal, "maybe"), true), policy.CaseUnknownCheck},
		{"record after one failed", record(riley, opened(idp.CaseOpen, checked(idp.CheckPersonal, idp.CheckFailed)), callBack, true), policy.CaseFailedCheck},
		{"record once more", record(riley, full, callBack, true), policy.CaseTooMany},
		{"record when it was submitted", record(riley, submitted, callBack, true), policy.CaseWrongState},
		{"send to somebody else", send(riley, opened(idp.CaseOpen), false), policy.CaseWrongMailbox},
		{"send", send(riley, opened(idp.CaseOpen), true), policy.CaseFine},
		{"send when it was approved", send(riley, approved, true), policy.CaseWrongState},
		{"a right code", try(opened(idp.CaseOpen), true, later), policy.CaseFine},
		{"a wrong code", try(opened(idp.CaseOpen), false, later), policy.CaseWrongCode},
		{"no code is out", try(noCode, true, later), policy.CaseNoCode},
		{"a code that has run out", try(opened(idp.CaseOpen), true, caseTime.Add(policy.CaseCodeLifetime)), policy.CaseNoCode},
		{"submit", submit(riley, opened(idp.CaseOpen, enough()...)), policy.CaseFine},
		{"submit too early", submit(riley, opened(idp.CaseOpen)), policy.CaseNoCallBack},
		{"submit somebody else's", submit(noor, opened(idp.CaseOpen, enough()...)), policy.CaseNotOpener},
		{"submit twice", submit(riley, submitted), policy.CaseWrongState},
		{"approve", decide(noor, submitted, true, later), policy.CaseFine},
		{"refuse", decide(noor, submitted, false, later), policy.CaseFine},
		{"approve the own", decide(riley, submitted, true, later), policy.CaseHadPart},
		{"refuse the own", decide(riley, submitted, false, later), policy.CaseHadPart},
		{"approve about oneself", decide(noor, aboutNoor, true, later), policy.CaseAboutSelf},
		{"approve what is not submitted", decide(noor, opened(idp.CaseOpen, enough()...), true, later), policy.CaseWrongState},
		{"approve what was slipped in", decide(noor, opened(idp.CaseSubmitted), true, later), policy.CaseNoCallBack},
		{"approve again, for more time", decide(lee, approved, true, later), policy.CaseWrongState},
		{"take an approval back", decide(lee, approved, false, later), policy.CaseFine},
		{"take one back that has run out", decide(lee, approved, false, caseTime.Add(policy.CaseApproval)), policy.CaseWrongState},
		{"perform", perform(riley, approved, caseTime.Add(policy.CaseApproval-1)), policy.CaseFine},
		{"perform by the second person", perform(noor, approved, later), policy.CaseNotOpener},
		{"perform too late", perform(riley, approved, caseTime.Add(policy.CaseApproval)), policy.CaseOver},
		{"perform what is not approved", perform(riley, submitted, later), policy.CaseWrongState},
		{"perform what was refused", perform(riley, opened(idp.CaseRefused, enough()...), later), policy.CaseWrongState},
		{"perform again", perform(riley, opened(idp.CaseDone, enough()...), later), policy.CaseWrongState},
		{"grant where somebody has access by now", managed, policy.CaseHasManager},
		{"let back in who is back by now", enabled, policy.CaseEnabled},
		{"close", closeCase(lee, opened(idp.CaseOpen)), policy.CaseFine},
		{"close what waits", closeCase(riley, submitted), policy.CaseFine},
		{"close what is decided", closeCase(riley, opened(idp.CaseRefused)), policy.CaseWrongState},
		{"close by the practice", closeCase(person(someone("usr_uma", "prc_x", idp.RoleUserManagement)), opened(idp.CaseOpen)), policy.CaseNotStaff},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, not %q", c.name, c.got, c.want)
		}
	}
}

// ABUSE 39, 49: whose word counts as a colleague's, and that whoever gave it does not approve.
func TestWhoVouchesHasNoOtherPart(t *testing.T) {
	changed := caseTime.Add(-time.Hour)
	ewan := someone("usr_ewan", "prc_x")
	moved := policy.Rename(ewan, idp.Actor{Kind: idp.ActorUser, ID: "usr_uma"}, changed)
	with := func(id idp.UserID, change func(*idp.User)) idp.User {
		u := someone(string(id), "prc_x")
		u.PasswordChangedAt, u.CreatedAt = caseTime.Add(-48*time.Hour), caseTime.Add(-48*time.Hour)
		if change != nil {
			change(&u)
		}
		return u
	}
	begun := opened(idp.CaseOpen, idp.CaseCheck{Name: idp.CheckCallBack, Result: idp.CheckPassed, By: "usr_sam"})
	for name, c := range map[string]struct {
		voucher, about idp.User
		at             time.Time
		want           bool
	}{
		"a colleague":                     {with("usr_cass", nil), ewan, caseTime, true},
		"one who changed the address":     {with("usr_uma", nil), moved, caseTime, false},
		"the same after three days":       {with("usr_uma", nil), moved, changed.Add(policy.AddressRest), true},
		"another, whose address changed":  {with("usr_cass", nil), moved, caseTime, true},
		"one who came since":              {with("usr_new", func(u *idp.User) { u.CreatedAt = changed }), moved, caseTime, false},
		"the person":                      {with("usr_ewan", nil), ewan, caseTime, false},
		"the opener":                      {with("usr_riley", nil), ewan, caseTime, false},
		"who records it":                  {with("usr_lee", nil), ewan, caseTime, false},
		"who recorded another check":      {with("usr_sam", nil), ewan, caseTime, false},
		"one of another practice":         {with("usr_cass", func(u *idp.User) { u.PracticeID = "prc_y" }), ewan, caseTime, false},
		"one who is disabled":             {with("usr_cass", func(u *idp.User) { u.State = idp.UserDisabled }), ewan, caseTime, false},
		"one who was invited and not yet": {with("usr_cass", func(u *idp.User) { u.PasswordChangedAt = time.Time{} }), ewan, caseTime, false},
		"nobody":                          {idp.User{}, ewan, caseTime, false},
	} {
		if got := policy.MayVouch(desk("lee"), begun, c.voucher, c.about, c.at); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	colleague := idp.CaseCheck{Name: idp.CheckColleague, Result: idp.CheckPassed, Voucher: "usr_noor", At: caseTime}
	if _, problem := policy.RecordCheck(desk("riley"), begun, colleague, true, false); problem != policy.CaseWrongVoucher {
		t.Errorf("one who may not vouch: %q", problem)
	}
	unnamed := colleague
	unnamed.Voucher = ""
	if _, problem := policy.RecordCheck(desk("riley"), begun, unnamed, true, true); problem != policy.CaseWrongVoucher {
		t.Errorf("nobody named: %q", problem)
	}
	done, problem := policy.RecordCheck(desk("riley"), begun, colleague, true, true)
	if problem != policy.CaseFine {
		t.Fatal(problem)
	}
	done, problem = policy.SubmitCase(desk("riley"), done)
	if problem != policy.CaseFine {
		t.Fatal(problem)
	}
	if _, problem := policy.DecideCase(desk("noor"), done, true, "", caseTime); problem != policy.CaseHadPart {
		t.Errorf("the voucher approves: %q", problem)
	}
	if _, problem := policy.DecideCase(desk("lee"), done, true, "", caseTime); problem != policy.CaseFine {
		t.Errorf("another approves: %q", problem)
	}
}

// ABUSE 39: in a case about a member of APS staff the code goes to a colleague. The colleague who read it out is one of the proofs, and
// can't be the second person who approves; another colleague can.
func TestTheReaderOfACodeDoesNotApprove(t *testing.T) {
	c, riley := opened(idp.CaseOpen), desk("riley")
	c, problem := policy.RecordCheck(riley, c, idp.CaseCheck{Name: idp.CheckCallBack, Result: idp.CheckPassed, How: "called", At: caseTime}, true, true)
	if problem != policy.CaseFine {
		t.Fatal(problem)
	}
	c, problem = policy.SendCode(riley, c, idp.NewSecret("hash"), "usr_noor", true, caseTime)
	if problem != policy.CaseFine {
		t.Fatal(problem)
	}
	c, problem = policy.TryCaseCode(riley, c, true, "read out", caseTime)
	if problem != policy.CaseFine {
		t.Fatal(problem)
	}
	c, problem = policy.SubmitCase(riley, c)
	if problem != policy.CaseFine {
		t.Fatal(problem)
	}
	if _, problem := policy.DecideCase(desk("noor"), c, true, "known to me", caseTime); problem != policy.CaseHadPart {
		t.Errorf("the reader approves: %q", problem)
	}
	if _, problem := policy.DecideCase(desk("sam"), c, true, "checked", caseTime); problem != policy.CaseFine {
		t.Errorf("another colleague: %q", problem)
	}
}

func TestCaseCodeEndsAtTheThirdWrongOne(t *testing.T) { // ABUSE 17
	c, riley := opened(idp.CaseOpen), desk("riley")
	for range policy.CaseCodeTries - 1 {
		c, _ = policy.TryCaseCode(riley, c, false, "", caseTime)
		c, _ = policy.SendCode(riley, c, idp.NewSecret("another"), "usr_ewan", true, caseTime) // is no way to more
	}
	c, problem := policy.TryCaseCode(riley, c, false, "three wrong ones", caseTime)
	want := []idp.CaseCheck{{Name: idp.CheckMailboxCode, Result: idp.CheckFailed, How: "three wrong ones", By: "usr_riley", Reader: "usr_ewan", At: caseTime}}
	if diff := cmp.Diff(want, c.Checks); diff != "" || problem != policy.CaseWrongCodes || !c.CodeHash.IsZero() {
		t.Errorf("%q, %v", problem, diff)
	}
	if _, problem := policy.TryCaseCode(riley, c, true, "", caseTime); problem != policy.CaseFailedCheck {
		t.Errorf("the right one afterwards: %q", problem)
	}
	if _, problem := policy.SendCode(riley, c, idp.NewSecret("a third"), "usr_ewan", true, caseTime); problem != policy.CaseFailedCheck {
		t.Errorf("another one afterwards: %q", problem)
	}
}

func TestCaseCommandsLeaveWhatTheyWereGiven(t *testing.T) {
	before := opened(idp.CaseOpen, enough()[:1]...)
	one, _ := policy.RecordCheck(desk("riley"), before, checked(idp.CheckColleague, idp.CheckPassed), true, true)
	two, _ := policy.RecordCheck(desk("lee"), before, checked(idp.CheckPersonal, idp.CheckFailed), true, true)
	if len(before.Checks) != 1 || one.Checks[1].Name != idp.CheckColleague || two.Checks[1].Name != idp.CheckPersonal || two.Checks[1].By != "usr_lee" {
		t.Errorf("%v, %v, %v", before.Checks, one.Checks, two.Checks)
	}
}
