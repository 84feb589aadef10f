package policy_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestAnAppIsThereForThoseItIsMeantFor(t *testing.T) {
	const um, aps = idp.RoleUserManagement, idp.RoleAPSStaff
	practice := idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive, Apps: []idp.ClientID{"manage", "timesheets"}}
	home := idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS, State: idp.PracticeActive}
	without, suspended := practice, practice
	without.Apps, suspended.State = []idp.ClientID{"timesheets"}, idp.PracticeSuspended

	app := func(id idp.ClientID, access idp.ClientAccess) idp.Client {
		return idp.Client{Registration: idp.Registration{ID: id, Kind: idp.ClientWeb, Access: access}}
	}
	timesheets, manage := app("timesheets", idp.AccessPractice), app("manage", idp.AccessManagers)
	support, account := app("support", idp.AccessStaff), app("account", idp.AccessEveryone)
	off := timesheets
	off.Disabled = true

	tom, uma, riley := someone("usr_tom", "prc_x"), someone("usr_uma", "prc_x", um), someone("usr_riley", "prc_aps", aps)
	blocked, gone := uma, tom
	blocked.BlockedApps = []idp.ClientID{"account", "manage", "timesheets"}
	gone.State = idp.UserDisabled
	for name, c := range map[string]struct {
		user     idp.User
		practice idp.Practice
		client   idp.Client
		want     policy.Access
	}{
		"an app of the practice":                        {tom, practice, timesheets, policy.AccessGranted},
		"an app that the practice has not":              {tom, practice, app("contacts", ""), policy.AccessNoApp},
		"APS has every app":                             {riley, home, timesheets, policy.AccessGranted},
		"an app that this person may not use":           {blocked, practice, timesheets, policy.AccessNoApp},
		"User Management+ and a manager":                {uma, practice, manage, policy.AccessGranted},
		"User Management+ and nobody special":           {tom, practice, manage, policy.AccessNoApp},
		"User Management+ and a practice without it":    {uma, without, manage, policy.AccessNoApp},
		"User Management+ and APS":                      {riley, home, manage, policy.AccessNoApp},
		"User Management+ follows the role alone":       {blocked, practice, manage, policy.AccessGranted},
		"the support desk and staff":                    {riley, home, support, policy.AccessGranted},
		"the support desk and a manager":                {uma, practice, support, policy.AccessNoApp},
		"the support desk and the role without APS":     {someone("usr_eve", "prc_x", aps), practice, support, policy.AccessNoApp},
		"the support desk and somebody else at APS":     {someone("usr_ada", "prc_aps"), home, support, policy.AccessNoApp},
		"the own account":                               {tom, without, account, policy.AccessGranted},
		"the own account can't be blocked":              {blocked, practice, account, policy.AccessGranted},
		"the own account of a disabled person":          {gone, practice, account, policy.AccessUserDisabled},
		"the own account in a suspended practice":       {tom, suspended, account, policy.AccessPracticeSuspended},
		"a disabled app":                                {tom, practice, off, policy.AccessClientDisabled},
		"an integration":                                {tom, practice, idp.Client{Registration: idp.Registration{ID: "timesheets", Kind: idp.ClientMachine}}, policy.AccessClientDisabled},
		"an app whose access this version doesn't know": {uma, practice, app("timesheets", "partners"), policy.AccessNoApp},
	} {
		if got := policy.MayEnter(c.user, c.practice, c.client); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
