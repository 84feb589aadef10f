package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestRequireMFANamesTheStrictestRule(t *testing.T) {
	staff := idp.User{Roles: []idp.Role{idp.RoleAPSStaff}}
	person := idp.User{}
	active := idp.Practice{MFA: idp.MFAActive}
	asked := idp.Practice{MFA: idp.MFARequested}
	mandatory := idp.Client{Registration: idp.Registration{MFARequiredFrom: start}}
	app := idp.Client{}
	bound := idp.Practice{MFA: idp.MFAOff, MFARequiredFrom: start}
	manager := idp.User{Roles: []idp.Role{idp.RoleUserManagement}}
	keys := idp.Practice{MFA: idp.MFAActive, PracticeDetails: idp.PracticeDetails{PhishingResistanceFrom: start}}
	early := idp.Practice{PracticeDetails: idp.PracticeDetails{PhishingResistanceAdministratorsFrom: start}}
	keyApp := idp.Client{Registration: idp.Registration{PhishingResistanceFrom: start, MFARequiredFrom: start}}
	for _, row := range []struct {
		name      string
		user      idp.User
		practice  idp.Practice
		client    idp.Client
		requested idp.ACR
		now       time.Time
		want      Requirement
	}{
		{"nothing asks", person, idp.Practice{MFA: idp.MFAOff}, app, "", start, Requirement{idp.ACRPassword, MFANotRequired}},
		{"a request is not an activation", person, asked, app, "", start, Requirement{idp.ACRPassword, MFANotRequired}},
		{"the practice chose it", person, active, app, "", start, Requirement{idp.ACRMFA, MFAPracticeActivated}},
		{"the app asks from a date", person, asked, mandatory, "", start, Requirement{idp.ACRMFA, MFAAppMandatory}},
		{"a moment before that date", person, asked, mandatory, "", start.Add(-1), Requirement{idp.ACRPassword, MFANotRequired}},
		{"the practice must from a date", person, bound, app, "", start, Requirement{idp.ACRMFA, MFAPracticeMandatory}},
		{"a moment before that date too", person, bound, app, "", start.Add(-1), Requirement{idp.ACRPassword, MFANotRequired}},
		{"a date to come doesn't weaken the practice's choice", person, idp.Practice{MFA: idp.MFAActive, MFARequiredFrom: start.Add(1)}, app, "", start, Requirement{idp.ACRMFA, MFAPracticeActivated}},
		{"the app wins over what the practice must", person, bound, mandatory, "", start, Requirement{idp.ACRMFA, MFAAppMandatory}},
		{"what the practice must wins over the role", staff, bound, app, idp.ACRMFA, start, Requirement{idp.ACRMFA, MFAPracticeMandatory}},
		{"staff always", staff, asked, app, "", start, Requirement{idp.ACRMFA, MFARole}},
		{"everybody at APS", person, idp.Practice{Kind: idp.PracticeAPS}, app, "", start, Requirement{idp.ACRMFA, MFARole}},
		{"this sign-in asks", person, asked, app, idp.ACRMFA, start, Requirement{idp.ACRMFA, MFARequested}},
		{"passkeys win over what is mandatory", person, keys, mandatory, "", start, Requirement{idp.ACRPhishingResistant, PhishingPractice}},
		{"a moment before that date as before", person, keys, mandatory, "", start.Add(-1), Requirement{idp.ACRMFA, MFAPracticeActivated}},
		{"the app needs passkeys", staff, keys, keyApp, "", start, Requirement{idp.ACRPhishingResistant, PhishingApp}},
		{"administrators need passkeys", manager, early, app, "", start, Requirement{idp.ACRPhishingResistant, PhishingRole}},
		{"a System Administrator too", idp.User{Roles: []idp.Role{idp.RoleSystemAdministrator}}, early, app, "", start, Requirement{idp.ACRPhishingResistant, PhishingRole}},
		{"others do not", person, early, app, "", start, Requirement{idp.ACRPassword, MFANotRequired}},
		{"administrators do not before", manager, early, app, "", start.Add(-1), Requirement{idp.ACRPassword, MFANotRequired}},
		{"this sign-in asks for more than a rule", person, active, app, idp.ACRPhishingResistant, start, Requirement{idp.ACRPhishingResistant, MFARequested}},
		{"this sign-in asks for less than a rule", person, keys, app, idp.ACRMFA, start, Requirement{idp.ACRPhishingResistant, PhishingPractice}},
		{"this sign-in asks for what there is not", person, active, app, "urn:other", start, Requirement{idp.ACRMFA, MFAPracticeActivated}},
		{"this sign-in asks for more than any rule", staff, active, mandatory, idp.ACRPhishingResistant, start, Requirement{idp.ACRPhishingResistant, MFARequested}},
		{"what there is not asks for nothing", staff, active, mandatory, "gold", start, Requirement{idp.ACRMFA, MFAAppMandatory}},
		{"the app wins over the practice", staff, active, mandatory, idp.ACRMFA, start, Requirement{idp.ACRMFA, MFAAppMandatory}},
	} {
		if got := RequireMFA(row.user, row.practice, row.client, row.requested, row.now); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestGovernmentConnectedCannotBeLoosened(t *testing.T) {
	for _, configured := range []time.Duration{0, time.Hour, 1000 * time.Hour, -1} {
		c := idp.Client{Registration: idp.Registration{Profile: idp.ProfileGovernmentConnected, SessionIdleTimeout: configured, SessionLifetime: configured}}
		if got := IdleTimeout(c); got != GovernmentIdleTimeout {
			t.Errorf("idle timeout %s when configured %s", got, configured)
		}
		if got := SessionLifetime(c); got >= 24*time.Hour {
			t.Errorf("lifetime %s when configured %s", got, configured)
		}
	}
	strict := idp.Client{Registration: idp.Registration{Profile: idp.ProfileGovernmentConnected, SessionIdleTimeout: 5 * time.Minute}}
	if got := IdleTimeout(strict); got != 5*time.Minute {
		t.Errorf("a stricter limit became %s", got)
	}
}

func TestDefaultSession(t *testing.T) {
	if got := SessionLifetime(idp.Client{}); got != 24*time.Hour {
		t.Errorf("lifetime %s", got)
	}
	if got := IdleTimeout(idp.Client{}); got != 0 {
		t.Errorf("idle %s", got)
	}
}

func TestSessionState(t *testing.T) {
	client := idp.Client{Registration: idp.Registration{SessionLifetime: time.Hour}}
	s := idp.Session{AuthTime: start, CreatedAt: start, LastActivity: start, ExpiresAt: start.Add(2 * time.Hour)}
	ended := s
	ended.EndedAt, ended.EndReason = start, idp.EndLogout
	for _, row := range []struct {
		name   string
		s      idp.Session
		now    time.Time
		alive  bool
		reason idp.EndReason
	}{
		{"alive", s, start.Add(time.Hour - 1), true, ""},
		{"the lifetime was shortened after the sign-in", s, start.Add(time.Hour), false, idp.EndLifetime},
		{"ended by somebody", ended, start, false, idp.EndLogout},
		{"its end is not revived by a longer setting", idp.Session{AuthTime: start, ExpiresAt: start.Add(time.Minute)}, start.Add(time.Minute), false, idp.EndLifetime},
	} {
		alive, reason := SessionState(row.s, client, row.now)
		if alive != row.alive || reason != row.reason {
			t.Errorf("%s: %v %q", row.name, alive, reason)
		}
	}
}

func TestIdleSession(t *testing.T) {
	client := idp.Client{Registration: idp.Registration{Profile: idp.ProfileGovernmentConnected}}
	s := idp.Session{AuthTime: start, LastActivity: start, ExpiresAt: start.Add(24 * time.Hour)}
	end := start.Add(GovernmentIdleTimeout)
	for _, row := range []struct {
		name        string
		active, now time.Time
		alive       bool // as every caller sees it
		counts      bool // the report
		over        bool
	}{
		{"active at 14:59, told at once", end.Add(-time.Second), end.Add(-time.Second), true, true, false},
		{"active at 14:59, told within the allowance", end.Add(-time.Second), end.Add(30 * time.Second), false, true, false},
		{"active at 14:59, told too late", end.Add(-time.Second), end.Add(ReportAllowance), false, false, true},
		{"silent until 15:01", end.Add(time.Second), end.Add(time.Second), false, false, false},
		{"silent until the allowance is over", end.Add(time.Minute), end.Add(time.Minute), false, false, true},
	} {
		alive, reason := SessionState(s, client, row.now)
		if alive != row.alive || !alive && reason != idp.EndIdle {
			t.Errorf("%s: alive %v %q", row.name, alive, reason)
		}
		if counts, _ := MayReport(s, client, row.active, row.now); counts != row.counts {
			t.Errorf("%s: counts %v", row.name, counts)
		}
		if over, _ := IsOver(s, client, row.now); over != row.over {
			t.Errorf("%s: over %v", row.name, over)
		}
	}
}

func TestMayJoin(t *testing.T) {
	app := idp.Client{Registration: idp.Registration{ID: "b", SignOnGroup: "g"}}
	strict := idp.Client{Registration: idp.Registration{ID: "b", SignOnGroup: "g", Profile: idp.ProfileGovernmentConnected}}
	from := idp.Session{ID: "ses_a", SignOn: "ses_a", ClientID: "a", AuthTime: start, LastActivity: start}
	ended := idp.Session{ClientID: "b", EndedAt: start, EndReason: idp.EndIdle}
	active := idp.Session{ClientID: "c", LastActivity: start.Add(time.Hour)}
	for _, row := range []struct {
		name   string
		client idp.Client
		family []idp.Session
		now    time.Time
		want   Join
	}{
		{"fine", app, nil, start.Add(time.Hour), JoinGranted},
		{"no group", idp.Client{Registration: idp.Registration{ID: "b"}}, nil, start, JoinNoGroup},
		{"its own session ended", app, []idp.Session{from, ended}, start, JoinEnded},
		{"proofs older than its lifetime", app, nil, start.Add(24 * time.Hour), JoinTooOld},
		{"nobody did anything for 15 minutes", strict, []idp.Session{from}, start.Add(15 * time.Minute), JoinIdle},
		{"active at a third app", strict, []idp.Session{from, active}, start.Add(time.Hour + time.Minute), JoinGranted},
	} {
		if got := MayJoin(row.client, from, row.family, row.now); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestMayEnter(t *testing.T) {
	user := idp.User{State: idp.UserActive}
	practice := idp.Practice{State: idp.PracticeActive, Apps: []idp.ClientID{"timesheets"}}
	client := idp.Client{Registration: idp.Registration{ID: "timesheets", Kind: idp.ClientWeb}}
	other := idp.Client{Registration: idp.Registration{ID: "contacts", Kind: idp.ClientWeb}}
	suspended := practice
	suspended.State = idp.PracticeSuspended
	for _, row := range []struct {
		name     string
		user     idp.User
		practice idp.Practice
		client   idp.Client
		want     Access
	}{
		{"fine", user, practice, client, AccessGranted},
		{"disabled", idp.User{State: idp.UserDisabled}, practice, client, AccessUserDisabled},
		{"a state nobody set", idp.User{}, practice, client, AccessUserDisabled},
		{"suspended", user, suspended, client, AccessPracticeSuspended},
		{"another app", user, practice, other, AccessNoApp},
		{"an integration", user, practice, idp.Client{Registration: idp.Registration{ID: "timesheets", Kind: idp.ClientMachine}}, AccessClientDisabled},
		{"APS enters all", user, idp.Practice{Kind: idp.PracticeAPS, State: idp.PracticeActive}, other, AccessGranted},
	} {
		if got := MayEnter(row.user, row.practice, row.client); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestPINRestsAfterAPasswordResetByMail(t *testing.T) { // ABUSE 19
	pin := &idp.RecoveryPIN{}
	reset := idp.Account{User: idp.User{PasswordResetAt: start}, PIN: pin}
	for _, row := range []struct {
		name    string
		account idp.Account
		now     time.Time
		want    PINUse
	}{
		{"never reset", idp.Account{PIN: pin}, start, PINUsable},
		{"none", idp.Account{}, start, PINNone},
		{"just reset", reset, start.Add(24*time.Hour - 1), PINPaused},
		{"a day later", reset, start.Add(24 * time.Hour), PINUsable},
	} {
		if got := MayUsePIN(row.account, row.now); got != row.want {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	strong := PasswordFacts{Guesses: fewGuesses}
	with := func(change func(*PasswordFacts)) PasswordFacts {
		f := strong
		change(&f)
		return f
	}
	for _, row := range []struct {
		text  string
		facts PasswordFacts
		want  PasswordProblem
	}{
		{"correct-horse-harbour", strong, PasswordFine},
		{"short", strong, PasswordShort},
		{"éàüéàüéàüéà", strong, PasswordShort}, // eleven characters
		{"éàüéàxyéàüéà", strong, PasswordFine},
		{"elevenchars", with(func(f *PasswordFacts) { f.WithMFA = true }), PasswordFine},
		{"seven77", with(func(f *PasswordFacts) { f.WithMFA = true }), PasswordShortWithMFA},
		{strings.Repeat("ab1", 400), strong, PasswordLong},
		{"with\x00nul and more text", strong, PasswordCharacters},
		{"aaaaaaaaaaaaaaaaaaaaaa", strong, PasswordSimple},
		{"abababababababababab", strong, PasswordSimple},
		{"314159265358979", strong, PasswordDigits},
		{"3141 5926 5358-979", strong, PasswordDigits},
		{"十分に長い日本語のパスワードですよ", strong, PasswordFine},
		{"correct-horse-harbour", with(func(f *PasswordFacts) { f.Breached = true }), PasswordBreached},
		{"correct-horse-harbour", with(func(f *PasswordFacts) { f.Own, f.Beside = true, fewBesideOwn-1 }), PasswordPersonal},
		{"correct-horse-harbour", with(func(f *PasswordFacts) { f.Own, f.Beside = true, fewBesideOwn }), PasswordFine},
		{"correct-horse-harbour", with(func(f *PasswordFacts) { f.Guesses = fewGuesses - 1 }), PasswordGuessable},
	} {
		if got := CheckPassword(row.text, row.facts); got != row.want {
			t.Errorf("%q %+v: %q, want %q", row.text, row.facts, got, row.want)
		}
	}
}

// A password may be shorter only where no app lets the person in by the password alone.
func TestPasswordHasMFA(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	staff := idp.User{Roles: []idp.Role{idp.RoleAPSStaff}}
	for name, row := range map[string]struct {
		user     idp.User
		practice idp.Practice
		want     bool
	}{
		"the practice chose it":    {idp.User{}, idp.Practice{MFA: idp.MFAActive}, true},
		"the practice has to":      {idp.User{}, idp.Practice{MFARequiredFrom: now}, true},
		"the practice has to soon": {idp.User{}, idp.Practice{MFARequiredFrom: now.Add(time.Second)}, false},
		"staff of APS":             {staff, idp.Practice{}, true},
		"none":                     {idp.User{}, idp.Practice{MFA: idp.MFAOff}, false},
	} {
		if got := PasswordHasMFA(row.user, row.practice, now); got != row.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
