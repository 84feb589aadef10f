package policy

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// A command without a description would be refused to every caller, and one that is described twice would have two homes.
func TestEveryCommandIsDescribedOnce(t *testing.T) {
	seen := map[Command]bool{}
	for _, c := range Commands() {
		d := Describe(c)
		if seen[c] {
			t.Errorf("%s is described twice", c)
		}
		seen[c] = true
		if d.Command != c || d.Event == "" || d.On == "" || d.Givers == "" || d.Summary == "" {
			t.Errorf("%s: %+v", c, d)
		}
		if d.Label == "" && d.Givers != ByShell && c != CommandCreateUser {
			t.Errorf("%s has no label, and stands on a page", c)
		}
	}
}

// ABUSE 39: what the description says of support cases is what policy holds APS staff to.
func TestStaffNeedACaseWhereTheDescriptionSaysSo(t *testing.T) {
	practice := idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive}
	aps := idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS, State: idp.PracticeActive}
	person := idp.User{ID: "usr_tom", PracticeID: practice.ID, State: idp.UserActive}
	staff := Actor{Kind: idp.ActorStaff, Practice: aps, User: idp.User{ID: "usr_riley", PracticeID: aps.ID, State: idp.UserActive, Roles: []idp.Role{idp.RoleAPSStaff}}}
	for _, c := range Commands() {
		answer := Needs(c, staff, Target{User: person, Practice: practice}).Permission
		if got := answer == PermissionNeedsCase; got != Describe(c).Case {
			t.Errorf("%s: staff without a case are answered %s", c, answer)
		}
		helping := staff
		helping.Case = person.ID
		if answer := Needs(c, helping, Target{User: person, Practice: practice}).Permission; Describe(c).Case && answer != Permitted {
			t.Errorf("%s: staff with a case are answered %s", c, answer)
		}
	}
}

// A command that takes a second person is refused to the person who opened what it decides.
func TestASecondPersonIsAnother(t *testing.T) {
	aps := idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS, State: idp.PracticeActive}
	opener := Actor{Kind: idp.ActorStaff, Practice: aps, User: idp.User{ID: "usr_riley", PracticeID: aps.ID, State: idp.UserActive, Roles: []idp.Role{idp.RoleAPSStaff}}}
	submitted := idp.Case{UserID: "usr_tom", OpenedBy: opener.User.ID, State: idp.CaseSubmitted}
	decide := map[Command]func() CaseProblem{
		CommandApproveCase: func() CaseProblem {
			_, problem := DecideCase(opener, submitted, true, "", time.Unix(0, 0))
			return problem
		},
		CommandRefuseCase: func() CaseProblem {
			_, problem := DecideCase(opener, submitted, false, "No.", time.Unix(0, 0))
			return problem
		},
	}
	for _, c := range Commands() {
		try, tried := decide[c]
		if tried != Describe(c).Second {
			t.Errorf("%s: takes a second person %t, is tried by the first %t", c, Describe(c).Second, tried)
		}
		if tried && try() != CaseHadPart {
			t.Errorf("%s: the opener is answered %q", c, try())
		}
	}
}

// A person of one practice may give nothing for what belongs to another, whatever the command.
func TestNoCommandReachesAnotherPractice(t *testing.T) {
	own := idp.Practice{ID: "prc_y", Kind: idp.PracticeCustomer, State: idp.PracticeActive}
	other := idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive}
	target := Target{User: idp.User{ID: "usr_tom", PracticeID: other.ID, State: idp.UserActive}, Practice: other}
	manager := Actor{Kind: idp.ActorUser, Practice: own, Enrolled: true, User: idp.User{
		ID: "usr_bob", PracticeID: own.ID, State: idp.UserActive, Roles: []idp.Role{idp.RoleUserManagement, idp.RoleSystemAdministrator},
	}}
	for _, c := range Commands() {
		d, answer := Describe(c), Needs(c, manager, target).Permission
		if d.Givers == BySelf || d.Givers == ByAnyone { // they name nothing of another practice
			continue
		}
		if answer == Permitted {
			t.Errorf("%s is permitted for what belongs to another practice", c)
		}
		if d.Givers != ByShell && d.Givers != ByLink && answer != PermissionOtherPractice {
			t.Errorf("%s: %s, want an answer that tells nothing", c, answer)
		}
	}
}

func TestProofsAreFreshForAQuarterOfAnHour(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	p := Proofs{ACR: idp.ACRMFA, MaxAge: Freshness}
	for _, c := range []struct {
		proved     Proved
		met, begin bool
	}{
		{Proved{ACR: idp.ACRMFA, At: now}, true, true},
		{Proved{ACR: idp.ACRMFA, At: now.Add(FormTime - Freshness)}, true, false},
		{Proved{ACR: idp.ACRMFA, At: now.Add(time.Second - Freshness)}, true, false},
		{Proved{ACR: idp.ACRMFA, At: now.Add(-Freshness)}, false, false},
		{Proved{ACR: idp.ACRPassword, At: now}, false, false},
		{Proved{}, false, false},
	} {
		if p.MetBy(c.proved, now) != c.met || p.MayBegin(c.proved, now) != c.begin {
			t.Errorf("%+v: met %t, may begin %t", c.proved, p.MetBy(c.proved, now), p.MayBegin(c.proved, now))
		}
	}
	if !(Proofs{}).MetBy(Proved{}, now) {
		t.Error("a command that needs no fresh proofs is refused")
	}
}
