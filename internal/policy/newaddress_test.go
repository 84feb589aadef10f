package policy_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ABUSE 49: the table of OneHand, who by who.
func TestOneHandNeverTakesAnAccount(t *testing.T) {
	changed := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	user := idp.User{
		ID: "usr_tom", PracticeID: "prc_x", UsernameChangedAt: changed, UsernameChangedBy: []idp.Actor{{Kind: idp.ActorUser, ID: "usr_uma"}},
		LastSigninAt: changed.Add(-time.Hour),
	}
	person := func(id idp.UserID, created time.Time) policy.Actor {
		return policy.Actor{Kind: idp.ActorUser, User: idp.User{ID: id, CreatedAt: created}}
	}
	supported := policy.Actor{Kind: idp.ActorStaff, User: idp.User{ID: "usr_riley", CreatedAt: changed.Add(time.Hour)}, Case: "usr_tom"}
	another := policy.Actor{Kind: idp.ActorStaff, User: idp.User{ID: "usr_uma"}, Case: "usr_other"}
	for name, c := range map[string]struct {
		actor policy.Actor
		want  policy.Permission
	}{
		"who changed it":               {person("usr_uma", changed.Add(-time.Hour)), policy.PermissionNewAddress},
		"another administrator":        {person("usr_vera", changed.Add(-time.Hour)), policy.Permitted},
		"one who was invited since":    {person("usr_new", changed.Add(time.Minute)), policy.PermissionNewAddress},
		"one who was invited just now": {person("usr_new", changed), policy.PermissionNewAddress},
		"an integration":               {policy.Actor{Kind: idp.ActorClient, Client: idp.Client{Registration: idp.Registration{ID: "sync"}}}, policy.PermissionNewAddress},
		"a support case":               {supported, policy.Permitted},
		"a case about someone else":    {another, policy.PermissionNewAddress},
		"the machine's own shell":      {policy.Actor{Kind: idp.ActorSystem}, policy.Permitted},
	} {
		for _, command := range []policy.Command{policy.CommandSendPasswordReset, policy.CommandResetMFA, policy.CommandEnableUser} {
			if got := policy.OneHand(command, c.actor, user, changed.Add(time.Hour)); got != c.want {
				t.Errorf("%s, %s: %s, want %s", name, command, got, c.want)
			}
		}
		if got := policy.OneHand(policy.CommandDisableUser, c.actor, user, changed.Add(time.Hour)); got != policy.Permitted {
			t.Errorf("%s may not disable: %s", name, got)
		}
		used, old := user, changed.Add(policy.AddressRest)
		used.LastSigninAt = changed.Add(time.Minute)
		frozen := user
		frozen.State = idp.UserDisabled
		if got := policy.OneHand(policy.CommandEnableUser, c.actor, frozen, old.AddDate(1, 0, 0)); got != c.want {
			t.Errorf("%s enables a frozen account after a year: %s, want %s", name, got, c.want)
		}
		for what, got := range map[string]policy.Permission{
			"after a sign-in with it": policy.OneHand(policy.CommandResetMFA, c.actor, used, changed.Add(time.Hour)),
			"after the rest":          policy.OneHand(policy.CommandResetMFA, c.actor, user, old),
		} {
			if got != policy.Permitted {
				t.Errorf("%s, %s: %s", name, what, got)
			}
		}
	}
}

// ABUSE 49: whoever changes the user name once more frees no one who changed it before.
func TestABorrowedHandFreesNoOne(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	uma := idp.Actor{Kind: idp.ActorUser, ID: "usr_uma"}
	for name, second := range map[string]idp.Actor{
		"an integration": {Kind: idp.ActorClient, ID: "sync"}, "another administrator": {Kind: idp.ActorUser, ID: "usr_vera"},
		"the shell": {Kind: idp.ActorSystem}, "the same": uma,
	} {
		user := policy.Rename(policy.Rename(idp.User{ID: "usr_tom"}, uma, now), second, now.Add(time.Hour))
		actor := policy.Actor{Kind: idp.ActorUser, User: idp.User{ID: "usr_uma", CreatedAt: now.Add(-time.Hour)}}
		if got := policy.OneHand(policy.CommandResetMFA, actor, user, now.Add(2*time.Hour)); got != policy.PermissionNewAddress {
			t.Errorf("after %s: %s", name, got)
		}
	}
	later := now.Add(policy.AddressRest)
	again := policy.Rename(policy.Rename(idp.User{ID: "usr_tom"}, uma, now), idp.Actor{Kind: idp.ActorUser, ID: "usr_vera"}, later)
	if policy.Renamed(again, "usr_uma") || !policy.Renamed(again, "usr_vera") {
		t.Errorf("after the rest the earlier hand is noted still: %+v", again.UsernameChangedBy)
	}
}

// ABUSE 49, 33: an integration of APS, with every scope, gives no command for anything of APS's own practice.
func TestAnIntegrationDoesNothingAtAPS(t *testing.T) {
	aps := idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS, State: idp.PracticeActive}
	integration := policy.Actor{
		Kind: idp.ActorClient, Practice: aps, Client: idp.Client{Registration: idp.Registration{ID: "sync", Kind: idp.ClientMachine, PracticeID: aps.ID}},
	}
	customer := idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive}
	given := 0
	for _, command := range policy.Commands() {
		d := policy.Describe(command)
		there := policy.Needs(d.Command, integration, policy.Target{User: idp.User{ID: "usr_x", PracticeID: customer.ID}, Practice: customer}).Permission
		if there == policy.Permitted {
			given++
		}
		for _, roles := range [][]idp.Role{nil, {idp.RoleAPSStaff}} {
			here := policy.Needs(d.Command, integration, policy.Target{User: idp.User{ID: "usr_staff", PracticeID: aps.ID, Roles: roles}, Practice: aps}).Permission
			if here == policy.Permitted && d.Givers != policy.ByReaders && d.Givers != policy.ByAnyone && d.Givers != policy.ByStaff {
				t.Errorf("%s at APS (%v): permitted", d.Command, roles)
			}
		}
	}
	if given < 10 {
		t.Errorf("only %d commands are given at a practice: the integration of this test can't do anything", given)
	}
	if got := policy.MayGrant(integration, idp.User{PracticeID: aps.ID}, nil); got == policy.Permitted {
		t.Error("it may invite a person there, without roles")
	}
}

// The machine's own shell changes a user name without a rest, and the address waits to be confirmed as after any other change.
func TestTheShellBeginsNoRest(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	user := policy.Rename(idp.User{ID: "usr_tom", EmailVerifiedAt: now.Add(-time.Hour)}, idp.Actor{Kind: idp.ActorSystem}, now)
	if policy.AddressRests(user, now) || policy.AddressConfirmed(user) {
		t.Errorf("rests %t, confirmed %t", policy.AddressRests(user, now), policy.AddressConfirmed(user))
	}
	uma := idp.Actor{Kind: idp.ActorUser, ID: "usr_uma"}
	used := policy.Rename(idp.User{ID: "usr_tom"}, uma, now)
	used.LastSigninAt = now.Add(time.Minute)
	if user := policy.Rename(used, idp.Actor{Kind: idp.ActorSystem}, now.Add(time.Hour)); policy.AddressRests(user, now.Add(time.Hour)) {
		t.Error("the shell's change brought back a rest that was over")
	}
}

// ABUSE 49: confirming an address says that its mailbox is read, and ends no rest.
func TestAddressesAreConfirmedSinceTheLastChange(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	uma := idp.Actor{Kind: idp.ActorUser, ID: "usr_uma"}
	never, proved := idp.User{ID: "usr_tom"}, policy.ConfirmAddress(idp.User{ID: "usr_tom"}, now.Add(-time.Hour))
	changed := policy.Rename(proved, uma, now)
	again := policy.Rename(policy.ConfirmAddress(changed, now.Add(time.Minute)), uma, now.Add(time.Hour))
	older := changed // of a release that left the earlier proof in place
	older.EmailVerifiedAt = now.Add(-time.Hour)
	for name, c := range map[string]struct {
		user              idp.User
		confirmed, proved bool
	}{
		"never changed, never proved": {never, true, false},
		"never changed, proved":       {proved, true, true},
		"changed":                     {changed, false, false},
		"an older proof":              {older, false, false},
		"confirmed at that moment":    {policy.ConfirmAddress(changed, now), true, true},
		"confirmed":                   {policy.ConfirmAddress(changed, now.Add(time.Hour)), true, true},
		"confirmed and changed again": {again, false, false},
	} {
		if got := policy.AddressConfirmed(c.user); got != c.confirmed {
			t.Errorf("%s: confirmed %t", name, got)
		}
		if got := policy.MailboxProved(c.user); got != c.proved {
			t.Errorf("%s: proved %t", name, got)
		}
	}
	if !policy.AddressRests(policy.ConfirmAddress(changed, now.Add(time.Minute)), now.Add(time.Hour)) {
		t.Error("confirming the address ended its rest")
	}
}
