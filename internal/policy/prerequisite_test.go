package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestPrerequisites(t *testing.T) {
	const met, warning, missing = policy.PrerequisiteMet, policy.PrerequisiteWarning, policy.PrerequisiteMissing
	with := idp.Practice{Apps: []idp.ClientID{"contacts", idp.AppUserManagement}}
	ready := func(name string) idp.User {
		return idp.User{Username: name + "@x.example", PasswordHash: idp.NewSecret("hash")}
	}
	invited := ready("ivy")
	invited.PasswordHash = idp.Secret{}
	var hundred []string
	for i := range 100 {
		hundred = append(hundred, fmt.Sprintf("office+%03d@x.example", i))
	}
	for name, c := range map[string]struct {
		facts policy.PrerequisiteFacts
		line  string
		want  policy.PrerequisiteState
		found []string
	}{
		"Contacts+ alone is not enough":   {policy.PrerequisiteFacts{Practice: idp.Practice{Apps: []idp.ClientID{"contacts"}}}, policy.PrerequisiteContacts, missing, nil},
		"User Management+ is there":       {policy.PrerequisiteFacts{Practice: with}, policy.PrerequisiteContacts, met, nil},
		"nobody manages":                  {policy.PrerequisiteFacts{}, policy.PrerequisiteManagers, missing, nil},
		"only somebody who was invited":   {policy.PrerequisiteFacts{Managers: []idp.User{invited}}, policy.PrerequisiteManagers, missing, nil},
		"one manager":                     {policy.PrerequisiteFacts{Managers: []idp.User{ready("uma"), invited}}, policy.PrerequisiteManagers, warning, []string{"uma@x.example"}},
		"two managers":                    {policy.PrerequisiteFacts{Managers: []idp.User{ready("uma"), ready("olivia")}}, policy.PrerequisiteManagers, met, []string{"uma@x.example", "olivia@x.example"}},
		"everybody has an own mailbox":    {policy.PrerequisiteFacts{Mailboxes: []string{"tom@x.example", "tom@y.example", "thomas@x.example"}}, policy.PrerequisiteMailboxes, met, nil},
		"a mailbox of a desk":             {policy.PrerequisiteFacts{Mailboxes: []string{"tom@x.example", "info@x.example"}}, policy.PrerequisiteMailboxes, warning, []string{"info@x.example"}},
		"a desk with a tag":               {policy.PrerequisiteFacts{Mailboxes: []string{"reception+amy@x.example"}}, policy.PrerequisiteMailboxes, warning, []string{"reception+amy@x.example"}},
		"two accounts of one mailbox":     {policy.PrerequisiteFacts{Mailboxes: []string{"una+b@x.example", "tom@x.example", "una@x.example"}}, policy.PrerequisiteMailboxes, warning, []string{"una+b@x.example", "una@x.example"}},
		"a tag alone is no second person": {policy.PrerequisiteFacts{Mailboxes: []string{"una+aps@x.example"}}, policy.PrerequisiteMailboxes, met, nil},
		"no more than twenty are named":   {policy.PrerequisiteFacts{Mailboxes: hundred}, policy.PrerequisiteMailboxes, warning, hundred[:20]},
		"no programs":                     {policy.PrerequisiteFacts{}, policy.PrerequisiteIntegrations, met, nil},
		"a program signs in as a person":  {policy.PrerequisiteFacts{Automated: []string{"tom@x.example"}}, policy.PrerequisiteIntegrations, warning, []string{"tom@x.example"}},
	} {
		report := policy.CheckPrerequisites(c.facts)
		i := slices.IndexFunc(report.Lines, func(line policy.Prerequisite) bool { return line.Name == c.line })
		line := report.Lines[i]
		if line.State != c.want || !slices.Equal(line.Found, c.found) {
			t.Errorf("%s: %s, found %v", name, line.State, line.Found)
		}
		if line.Title == "" || line.Why == "" || (line.Fix == "") != (line.State == met) {
			t.Errorf("%s: says %+v", name, line)
		}
		if slices.ContainsFunc(report.Missing(), func(each policy.Prerequisite) bool { return each.Name == c.line }) != (c.want == missing) {
			t.Errorf("%s: missing %+v", name, report.Missing())
		}
	}
	report := policy.CheckPrerequisites(policy.PrerequisiteFacts{Practice: with, Managers: []idp.User{ready("uma")}, Automated: []string{"tom@x.example"}})
	if !report.Ready() {
		t.Errorf("warnings stand in the way: %+v", report.Missing())
	}
}
