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
	mandatory := idp.Client{MFARequiredFrom: start}
	app := idp.Client{}
	for _, row := range []struct {
		name      string
		user      idp.User
		practice  idp.Practice
		client    idp.Client
		requested idp.ACR
		now       time.Time
		want      Requirement
	}{
		{"nothing asks", person, idp.Practice{MFA: idp.MFAOff}, app, "", start, Requirement{false, MFANotRequired}},
		{"a request is not an activation", person, asked, app, "", start, Requirement{false, MFANotRequired}},
		{"the practice chose it", person, active, app, "", start, Requirement{true, MFAPracticeActivated}},
		{"the app asks from a date", person, asked, mandatory, "", start, Requirement{true, MFAAppMandatory}},
		{"a moment before that date", person, asked, mandatory, "", start.Add(-1), Requirement{false, MFANotRequired}},
		{"staff always", staff, asked, app, "", start, Requirement{true, MFARole}},
		{"everybody at APS", person, idp.Practice{Kind: idp.PracticeAPS}, app, "", start, Requirement{true, MFARole}},
		{"this sign-in asks", person, asked, app, idp.ACRMFA, start, Requirement{true, MFARequested}},
		{"the app wins over the practice", staff, active, mandatory, idp.ACRMFA, start, Requirement{true, MFAAppMandatory}},
	} {
		if got := RequireMFA(row.user, row.practice, row.client, row.requested, row.now); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestGovernmentConnectedCannotBeLoosened(t *testing.T) {
	for _, configured := range []time.Duration{0, time.Hour, 1000 * time.Hour, -1} {
		c := idp.Client{Profile: idp.ProfileGovernmentConnected, SessionIdleTimeout: configured, SessionLifetime: configured}
		if got := IdleTimeout(c); got != GovernmentIdleTimeout {
			t.Errorf("idle timeout %s when configured %s", got, configured)
		}
		if got := SessionLifetime(c); got >= 24*time.Hour {
			t.Errorf("lifetime %s when configured %s", got, configured)
		}
	}
	strict := idp.Client{Profile: idp.ProfileGovernmentConnected, SessionIdleTimeout: 5 * time.Minute}
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
	client := idp.Client{SessionLifetime: time.Hour}
	s := idp.Session{CreatedAt: start, ExpiresAt: start.Add(2 * time.Hour)}
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
		{"its end is not revived by a longer setting", idp.Session{CreatedAt: start, ExpiresAt: start.Add(time.Minute)}, start.Add(time.Minute), false, idp.EndLifetime},
	} {
		alive, reason := SessionState(row.s, client, row.now)
		if alive != row.alive || reason != row.reason {
			t.Errorf("%s: %v %q", row.name, alive, reason)
		}
	}
}

func TestMayEnter(t *testing.T) {
	user := idp.User{State: idp.UserActive}
	practice := idp.Practice{State: idp.PracticeActive, Apps: []idp.ClientID{"timesheets"}}
	client := idp.Client{ID: "timesheets", Kind: idp.ClientWeb}
	other := idp.Client{ID: "contacts", Kind: idp.ClientWeb}
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
		{"an integration", user, practice, idp.Client{ID: "timesheets", Kind: idp.ClientMachine}, AccessClientDisabled},
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
	for text, want := range map[string]PasswordProblem{
		"correct-horse-harbour":     PasswordFine,
		"short":                     PasswordShort,
		"ééééééééééééàü":            PasswordShort,
		strings.Repeat("ab1", 400):  PasswordLong,
		"with\x00nul and more text": PasswordCharacters,
		"jane.citizen1234":          PasswordPersonal,
		"aaaaaaaaaaaaaaaaaaaaaa":    PasswordSimple,
		"abababababababababab":      PasswordSimple,
		"十分に長い日本語のパスワードですよ": PasswordFine,
	} {
		if got := CheckPassword(text, "jane.citizen@harbourfinch.example"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
