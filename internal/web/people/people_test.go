package people_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/people"
)

func TestBadgesSayWhatIsUnusual(t *testing.T) {
	active := idp.User{State: idp.UserActive, PasswordChangedAt: time.Unix(1, 0)}
	invited, disabled := idp.User{State: idp.UserActive}, idp.User{State: idp.UserDisabled}
	for name, c := range map[string]struct {
		user   idp.User
		locked bool
		want   []string
	}{
		"most people":                       {active, false, nil},
		"locked":                            {active, true, []string{"Locked"}},
		"invited":                           {invited, false, []string{"Invited"}},
		"invited, and somebody has guessed": {invited, true, []string{"Invited", "Locked"}},
		"disabled before joining":           {disabled, true, []string{"Disabled", "Locked"}},
	} {
		var got []string
		for _, badge := range people.Badges(c.user, c.locked) {
			got = append(got, badge.Text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNameIsNeverEmpty(t *testing.T) {
	for name, want := range map[string]string{"Jane Doe": "Jane Doe", "": "jane@x.example", " ": "jane@x.example"} {
		if got := people.Name(idp.User{Name: name, Username: "jane@x.example"}); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestRightsStandInOneOrder(t *testing.T) {
	user := idp.User{Roles: []idp.Role{idp.RoleAPSStaff, idp.RoleSystemAdministrator, idp.RoleUserManagement}}
	if got := people.RightsOf(user); got != "User Management+, System Administrator and APS staff" {
		t.Error(got)
	}
	if got := people.RightsOf(idp.User{}); got != "" {
		t.Error(got)
	}
}

func TestMethodsAndLocks(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	place := idp.Place{Zone: "Australia/Sydney"}
	detail := directory.UserDetail{
		Account: idp.Account{Authenticators: []idp.Authenticator{{ID: "aut_2", Kind: idp.KindSMS, CreatedAt: now}, {ID: "aut_1", Kind: idp.KindTOTP, Label: "Work phone", CreatedAt: now}}},
		Phones:  map[idp.AuthenticatorID]string{"aut_2": "••• ••• 417"},
	}
	methods := people.Methods(detail, now, place)
	added, never := web.NewMoment(now, now, place), web.NewMoment(time.Time{}, now, place)
	want := []people.Method{{Kind: "Text message", Phone: "••• ••• 417", Added: added, Used: never}, {Kind: "Authenticator app", Label: "Work phone", Added: added, Used: never, Default: true}}
	if diff := cmp.Diff(want, methods); diff != "" {
		t.Error(diff)
	}
	detail.Account.Authenticators[0].DefaultAt = now
	if got := people.Methods(detail, now, place); !got[0].Default || got[1].Default {
		t.Errorf("the number is the default: %+v", got)
	}
	detail.Account.Authenticators = detail.Account.Authenticators[:1]
	if got := people.Methods(detail, now, place); got[0].Default {
		t.Errorf("the only one is marked: %+v", got)
	}
	if got := people.Kinds([]idp.Kind{idp.KindTOTP, idp.KindSMS}); got != "Authenticator app and text message" {
		t.Error(got)
	}
	for _, proof := range []idp.Proof{idp.ProofPassword, idp.ProofCode, idp.ProofPIN} {
		locks := people.Locks([]idp.Guard{{Proof: proof}}, now, place)
		if len(locks) != 1 || locks[0].What == "" || locks[0].Until.Known {
			t.Errorf("%s: %+v", proof, locks)
		}
	}
}
