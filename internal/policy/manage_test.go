package policy_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func someone(id, practice string, roles ...idp.Role) idp.User {
	return idp.User{ID: idp.UserID(id), PracticeID: idp.PracticeID(practice), State: idp.UserActive, Roles: roles}
}

func person(user idp.User) policy.Actor {
	practice := idp.Practice{ID: user.PracticeID, Kind: idp.PracticeCustomer, State: idp.PracticeActive}
	if user.PracticeID == "prc_aps" {
		practice.Kind = idp.PracticeAPS
	}
	return policy.Actor{Kind: idp.ActorUser, User: user, Practice: practice}
}

func as(kind idp.ActorKind, d policy.Actor) policy.Actor {
	d.Kind = kind
	return d
}

// withCase is a member of APS staff with an approved support case about a person.
func withCase(user idp.User, about idp.UserID) policy.Actor {
	d := as(idp.ActorStaff, person(user))
	d.Case = about
	return d
}

func machine(practice string, kind idp.PracticeKind) policy.Actor {
	return policy.Actor{
		Kind: idp.ActorClient, Client: idp.Client{Registration: idp.Registration{ID: "api", Kind: idp.ClientMachine}},
		Practice: idp.Practice{ID: idp.PracticeID(practice), Kind: kind, State: idp.PracticeActive},
	}
}

func TestMayManage(t *testing.T) { // ABUSE 32, 33
	const um, admin, aps = idp.RoleUserManagement, idp.RoleSystemAdministrator, idp.RoleAPSStaff
	manager, staff := someone("usr_uma", "prc_x", um), someone("usr_riley", "prc_aps", aps)
	disabled, suspended := person(manager), person(manager)
	disabled.User.State = idp.UserDisabled
	suspended.Practice.State = idp.PracticeSuspended
	off := machine("prc_aps", idp.PracticeAPS)
	off.Client.Disabled = true
	for name, c := range map[string]struct {
		doer   policy.Actor
		target idp.User
		want   policy.Permission
	}{
		"a manager and a colleague":           {person(manager), someone("usr_tom", "prc_x"), policy.Permitted},
		"a manager and another manager":       {person(manager), someone("usr_una", "prc_x", um), policy.Permitted},
		"a manager and an administrator":      {person(manager), someone("usr_olivia", "prc_x", admin, um), policy.PermissionMoreRights},
		"an administrator and a manager":      {person(someone("usr_olivia", "prc_x", admin, um)), manager, policy.Permitted},
		"an administrator without access":     {person(someone("usr_olivia", "prc_x", admin)), someone("usr_tom", "prc_x"), policy.PermissionNoAccess},
		"a manager and another practice":      {person(manager), someone("usr_tom", "prc_y"), policy.PermissionOtherPractice},
		"a manager and APS":                   {person(manager), staff, policy.PermissionOtherPractice},
		"oneself":                             {person(manager), manager, policy.PermissionSelf},
		"nobody special":                      {person(someone("usr_tom", "prc_x")), manager, policy.PermissionNoAccess},
		"nobody special and another practice": {person(someone("usr_tom", "prc_x")), someone("usr_bob", "prc_y"), policy.PermissionOtherPractice},
		"a disabled manager":                  {disabled, someone("usr_tom", "prc_x"), policy.PermissionInactive},
		"a manager of a suspended practice":   {suspended, someone("usr_tom", "prc_x"), policy.PermissionInactive},
		"staff and a customer":                {as(idp.ActorStaff, person(staff)), someone("usr_olivia", "prc_x", admin, um), policy.PermissionNeedsCase}, // ABUSE 39
		"staff with a case":                   {withCase(staff, "usr_olivia"), someone("usr_olivia", "prc_x", admin, um), policy.Permitted},
		"staff with a case of somebody else":  {withCase(staff, "usr_olivia"), someone("usr_tom", "prc_x"), policy.PermissionNeedsCase},
		"staff without a case, and nobody":    {as(idp.ActorStaff, person(staff)), someone("", "prc_x"), policy.PermissionNeedsCase},
		"a case in a customer's hands":        {withCase(manager, "usr_bob"), someone("usr_bob", "prc_y"), policy.PermissionOtherPractice},
		"staff and a colleague":               {as(idp.ActorStaff, person(staff)), someone("usr_sam", "prc_aps", aps), policy.PermissionNoAccess},
		"staff with a case of a colleague":    {withCase(staff, "usr_sam"), someone("usr_sam", "prc_aps", aps), policy.Permitted},
		"staff with access and a colleague":   {as(idp.ActorStaff, person(someone("usr_ada", "prc_aps", aps, um))), someone("usr_sam", "prc_aps", aps), policy.Permitted},
		"staff and themselves":                {as(idp.ActorStaff, person(staff)), staff, policy.PermissionSelf},
		"staff with a case of themselves":     {withCase(staff, "usr_riley"), staff, policy.PermissionSelf},
		"staff as a user":                     {person(staff), someone("usr_tom", "prc_x"), policy.PermissionOtherPractice},
		"a user who claims to be staff":       {as(idp.ActorStaff, person(someone("usr_tim", "prc_x"))), someone("usr_tom", "prc_x"), policy.PermissionNoAccess},
		"staff's role in a customer's hands":  {as(idp.ActorStaff, person(someone("usr_eve", "prc_x", aps))), someone("usr_tom", "prc_y"), policy.PermissionOtherPractice},
		"a user who claims to be a client":    {as(idp.ActorClient, person(staff)), someone("usr_tom", "prc_x"), policy.PermissionInactive},
		"APS's own client":                    {machine("prc_aps", idp.PracticeAPS), someone("usr_tom", "prc_x"), policy.Permitted},
		"APS's own client and staff":          {machine("prc_aps", idp.PracticeAPS), staff, policy.PermissionMoreRights},
		"APS's own client, disabled":          {off, someone("usr_tom", "prc_x"), policy.PermissionInactive},
		"a practice's integration":            {machine("prc_x", idp.PracticeCustomer), someone("usr_tom", "prc_x"), policy.PermissionNoAccess},
		"an integration and another practice": {machine("prc_x", idp.PracticeCustomer), someone("usr_bob", "prc_y"), policy.PermissionOtherPractice},
		"a client of no practice":             {machine("", ""), someone("usr_tom", ""), policy.PermissionOtherPractice},
		"the system":                          {policy.Actor{Kind: idp.ActorSystem}, someone("usr_tom", "prc_x"), policy.Permitted},
		"nobody":                              {policy.Actor{}, someone("usr_tom", "prc_x"), policy.PermissionInactive},
	} {
		if got := policy.MayManage(c.doer, c.target); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMayManagePractice(t *testing.T) { // ABUSE 32, 33
	x := idp.Practice{ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive}
	aps := idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS, State: idp.PracticeActive}
	admin := person(someone("usr_olivia", "prc_x", idp.RoleSystemAdministrator, idp.RoleUserManagement))
	staff := as(idp.ActorStaff, person(someone("usr_riley", "prc_aps", idp.RoleAPSStaff)))
	for name, c := range map[string]struct {
		doer   policy.Actor
		target idp.Practice
		want   policy.Permission
	}{
		"staff":                        {staff, x, policy.Permitted},
		"staff and their own practice": {staff, aps, policy.PermissionSelf},
		"the system and APS":           {policy.Actor{Kind: idp.ActorSystem}, aps, policy.PermissionSelf},
		"its administrator":            {admin, x, policy.PermissionNoAccess},
		"another's administrator":      {admin, idp.Practice{ID: "prc_y", Kind: idp.PracticeCustomer}, policy.PermissionOtherPractice},
		"an administrator and APS":     {admin, aps, policy.PermissionOtherPractice},
		"APS's own client":             {machine("prc_aps", idp.PracticeAPS), x, policy.Permitted},
		"a practice's integration":     {machine("prc_x", idp.PracticeCustomer), x, policy.PermissionNoAccess},
		"nobody":                       {policy.Actor{}, x, policy.PermissionInactive},
	} {
		if got := policy.MayManagePractice(c.doer, c.target); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMayManageSelf(t *testing.T) {
	tom := person(someone("usr_tom", "prc_x"))
	gone := tom
	gone.User.State = idp.UserDisabled
	for name, c := range map[string]struct {
		doer policy.Actor
		want policy.Permission
	}{
		"a person":   {tom, policy.Permitted},
		"disabled":   {gone, policy.PermissionInactive},
		"a client":   {machine("prc_x", idp.PracticeCustomer), policy.PermissionNoAccess},
		"the system": {policy.Actor{Kind: idp.ActorSystem}, policy.PermissionNoAccess},
	} {
		if got := policy.MayManageSelf(c.doer); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMayGrant(t *testing.T) { // ABUSE 33
	const um, admin, aps = idp.RoleUserManagement, idp.RoleSystemAdministrator, idp.RoleAPSStaff
	manager, owner := person(someone("usr_uma", "prc_x", um)), person(someone("usr_olivia", "prc_x", admin, um))
	staff := someone("usr_riley", "prc_aps", aps)
	chief := as(idp.ActorStaff, person(someone("usr_ada", "prc_aps", aps, um)))
	tom := someone("usr_tom", "prc_x")
	for name, c := range map[string]struct {
		doer   policy.Actor
		target idp.User
		roles  []idp.Role
		want   policy.Permission
	}{
		"the own right":                        {manager, tom, []idp.Role{um}, policy.Permitted},
		"a right one lacks":                    {manager, tom, []idp.Role{admin}, policy.PermissionMoreRights},
		"a right one lacks, with one's own":    {manager, tom, []idp.Role{um, admin}, policy.PermissionMoreRights},
		"to take the own right":                {manager, someone("usr_una", "prc_x", um), nil, policy.Permitted},
		"to take a right one lacks":            {manager, someone("usr_una", "prc_x", um, admin), []idp.Role{um}, policy.PermissionMoreRights},
		"no change":                            {manager, someone("usr_una", "prc_x", um), []idp.Role{um}, policy.Permitted},
		"the own roles, more":                  {manager, manager.User, []idp.Role{um, admin}, policy.PermissionSelf},
		"the own roles, fewer":                 {owner, owner.User, nil, policy.PermissionSelf},
		"both, by an administrator":            {owner, tom, []idp.Role{um, admin}, policy.Permitted},
		"to take both, by an administrator":    {owner, someone("usr_una", "prc_x", um, admin), nil, policy.Permitted},
		"an administrator without access":      {person(someone("usr_olivia", "prc_x", admin)), tom, []idp.Role{admin}, policy.PermissionNoAccess},
		"APS's own, by a customer":             {owner, tom, []idp.Role{aps}, policy.PermissionMoreRights},
		"in another practice":                  {owner, someone("usr_bob", "prc_y"), []idp.Role{um}, policy.PermissionOtherPractice},
		"by staff":                             {as(idp.ActorStaff, person(staff)), tom, []idp.Role{um}, policy.PermissionNeedsCase}, // ABUSE 39
		"by staff, to somebody who is to join": {as(idp.ActorStaff, person(staff)), someone("", "prc_x"), []idp.Role{um}, policy.PermissionNeedsCase},
		"by a case":                            {withCase(staff, "usr_tom"), tom, []idp.Role{um, admin}, policy.Permitted},
		"APS's own, by a case":                 {withCase(staff, "usr_tom"), tom, []idp.Role{aps}, policy.PermissionMoreRights},
		"by staff, among colleagues":           {as(idp.ActorStaff, person(staff)), someone("usr_sam", "prc_aps"), []idp.Role{aps}, policy.PermissionNoAccess},
		"staff's, by staff with access":        {chief, someone("usr_sam", "prc_aps"), []idp.Role{aps}, policy.Permitted},
		"administration, by staff with access": {chief, someone("usr_sam", "prc_aps"), []idp.Role{admin}, policy.PermissionMoreRights},
		"by APS's own client":                  {machine("prc_aps", idp.PracticeAPS), tom, []idp.Role{um, admin}, policy.Permitted},
		"staff's, by APS's own client":         {machine("prc_aps", idp.PracticeAPS), someone("", "prc_aps"), []idp.Role{aps}, policy.PermissionMoreRights},
		"by a practice's integration":          {machine("prc_x", idp.PracticeCustomer), tom, []idp.Role{um}, policy.PermissionNoAccess},
		"by the system":                        {policy.Actor{Kind: idp.ActorSystem}, someone("", "prc_aps"), []idp.Role{aps}, policy.Permitted},
	} {
		if got := policy.MayGrant(c.doer, c.target, c.roles); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMayReadAndAdminister(t *testing.T) { // ABUSE 32
	const um, admin, aps = idp.RoleUserManagement, idp.RoleSystemAdministrator, idp.RoleAPSStaff
	gone := person(someone("usr_uma", "prc_x", um))
	gone.User.State = idp.UserDisabled
	for name, c := range map[string]struct {
		doer             policy.Actor
		practice         idp.PracticeID
		read, administer policy.Permission
	}{
		"a manager":                       {person(someone("usr_uma", "prc_x", um)), "prc_x", policy.Permitted, policy.Permitted},
		"a manager of another practice":   {person(someone("usr_bob", "prc_y", um)), "prc_x", policy.PermissionOtherPractice, policy.PermissionOtherPractice},
		"a disabled manager":              {gone, "prc_x", policy.PermissionInactive, policy.PermissionInactive},
		"an administrator without access": {person(someone("usr_olivia", "prc_x", admin)), "prc_x", policy.PermissionNoAccess, policy.PermissionNoAccess},
		"nobody special":                  {person(someone("usr_tom", "prc_x")), "prc_x", policy.PermissionNoAccess, policy.PermissionNoAccess},
		"staff":                           {as(idp.ActorStaff, person(someone("usr_riley", "prc_aps", aps))), "prc_x", policy.Permitted, policy.Permitted},
		"a user who claims to be staff":   {as(idp.ActorStaff, person(someone("usr_bob", "prc_y", um))), "prc_x", policy.PermissionOtherPractice, policy.PermissionOtherPractice},
		"APS's own client":                {machine("prc_aps", idp.PracticeAPS), "prc_x", policy.Permitted, policy.Permitted},
		"an integration":                  {machine("prc_x", idp.PracticeCustomer), "prc_x", policy.Permitted, policy.PermissionNoAccess},
		"an integration of another":       {machine("prc_y", idp.PracticeCustomer), "prc_x", policy.PermissionOtherPractice, policy.PermissionOtherPractice},
		"the system":                      {policy.Actor{Kind: idp.ActorSystem}, "prc_x", policy.Permitted, policy.Permitted},
		"nobody":                          {policy.Actor{}, "", policy.PermissionInactive, policy.PermissionInactive},
	} {
		if got := policy.MayRead(c.doer, c.practice); got != c.read {
			t.Errorf("%s reads: %s, want %s", name, got, c.read)
		}
		if got := policy.MayAdminister(c.doer, c.practice); got != c.administer {
			t.Errorf("%s administers: %s, want %s", name, got, c.administer)
		}
	}
}
