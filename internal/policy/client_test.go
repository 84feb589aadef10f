package policy_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestWhoMayDoWhatWithAClient(t *testing.T) { // ABUSE 32, 33
	const um, aps = idp.RoleUserManagement, idp.RoleAPSStaff
	manager, nobody := person(someone("usr_uma", "prc_x", um)), person(someone("usr_tom", "prc_x"))
	staff := as(idp.ActorStaff, person(someone("usr_riley", "prc_aps", aps)))
	pretender := as(idp.ActorStaff, manager)
	ours, theirs := machine("prc_aps", idp.PracticeAPS), machine("prc_x", idp.PracticeCustomer)
	disabled := ours
	disabled.Client.Disabled = true
	shell := policy.Actor{Kind: idp.ActorSystem}

	x, y := idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer}, idp.Practice{ID: "prc_y", Kind: idp.PracticeCustomer}
	home, app := idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS}, idp.Practice{}
	const (
		yes, hidden, no = policy.Permitted, policy.PermissionOtherPractice, policy.PermissionNoAccess
		more, inactive  = policy.PermissionMoreRights, policy.PermissionInactive
	)
	for name, c := range map[string]struct {
		doer               policy.Actor
		bound              idp.Practice
		manage, keep, read policy.Permission
	}{
		"staff and an app":                            {staff, app, yes, yes, yes},
		"staff and an integration":                    {staff, x, yes, yes, yes},
		"staff and an integration of APS":             {staff, home, yes, yes, yes},
		"the shell and an integration of APS":         {shell, home, yes, yes, yes},
		"a manager and the practice's integration":    {manager, x, no, yes, yes},
		"a manager and another practice's":            {manager, y, hidden, hidden, hidden},
		"a manager and one of APS":                    {manager, home, hidden, hidden, hidden},
		"a manager and an app":                        {manager, app, no, hidden, hidden},
		"a manager who claims to be staff":            {pretender, y, hidden, hidden, hidden},
		"nobody special and the practice's":           {nobody, x, no, no, no},
		"an integration of APS and an app":            {ours, app, yes, yes, yes},
		"an integration of APS and a practice's":      {ours, x, yes, yes, yes},
		"an integration of APS and one of APS":        {ours, home, more, more, yes},
		"a practice's integration and its like":       {theirs, x, no, no, yes},
		"a practice's integration and another's":      {theirs, y, hidden, hidden, hidden},
		"a disabled integration of APS":               {disabled, x, inactive, inactive, inactive},
		"a disabled integration of APS and an app":    {disabled, app, inactive, inactive, inactive},
		"a practice's integration and the apps of it": {theirs, app, no, hidden, hidden},
	} {
		for what, got := range map[string]policy.Permission{
			"manage": policy.MayManageClient(c.doer, c.bound), "keep": policy.MayKeepClient(c.doer, c.bound),
			"read": policy.MayReadClient(c.doer, c.bound.ID),
		} {
			if want := map[string]policy.Permission{"manage": c.manage, "keep": c.keep, "read": c.read}[what]; got != want {
				t.Errorf("%s may %s it: %s, want %s", name, what, got, want)
			}
		}
	}
}
