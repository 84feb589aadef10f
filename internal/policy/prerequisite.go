package policy

import (
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// PrerequisiteState is how a prerequisite of MFA stands.
type PrerequisiteState string

// The states.
const (
	PrerequisiteMet     PrerequisiteState = "met"
	PrerequisiteWarning PrerequisiteState = "warning" // may go ahead, but some people will have trouble
	PrerequisiteMissing PrerequisiteState = "missing" // may not go ahead
)

// The names of the prerequisites.
const (
	PrerequisiteContacts     = "contacts"
	PrerequisiteManagers     = "managers"
	PrerequisiteMailboxes    = "mailboxes"
	PrerequisiteIntegrations = "integrations"
)

// Prerequisite is one line of the report.
type Prerequisite struct {
	Name  string
	State PrerequisiteState
	Title string   // what is so when it is met: "Contacts+ is enabled"
	Why   string   // why it matters
	Fix   string   // how to fix it; "" if met
	Found []string // what was found: user names, at most 20
}

// PrerequisiteReport says whether MFA can be activated.
type PrerequisiteReport struct{ Lines []Prerequisite }

// Ready reports whether nothing is missing.
func (r PrerequisiteReport) Ready() bool { return len(r.Missing()) == 0 }

// Missing lists the lines that prevent the activation.
func (r PrerequisiteReport) Missing() (lines []Prerequisite) {
	for _, line := range r.Lines {
		if line.State == PrerequisiteMissing {
			lines = append(lines, line)
		}
	}
	return lines
}

// maxFound is how many user names a line names.
const maxFound = 20

// PrerequisiteFacts are what the report is made of.
type PrerequisiteFacts struct {
	Practice  idp.Practice
	Managers  []idp.User // active people with idp.RoleUserManagement, invited ones too
	Mailboxes []string   // the user names of the active people
	Automated []string   // the user names that programs signed in with lately
}

// CheckPrerequisites reports whether MFA can be activated for a practice. Two lines can prevent it: without them no one could
// help a person who has lost the phone. The others warn.
func CheckPrerequisites(f PrerequisiteFacts) PrerequisiteReport {
	return PrerequisiteReport{Lines: []Prerequisite{
		contactsLine(f.Practice), managersLine(f.Managers), mailboxesLine(f.Mailboxes), integrationsLine(f.Automated),
	}}
}

func contactsLine(practice idp.Practice) Prerequisite {
	line := Prerequisite{
		Name: PrerequisiteContacts, State: PrerequisiteMet, Title: "Contacts+ is enabled",
		Why: "Contacts+ brings User Management+, where somebody who has lost their phone is reset.",
	}
	if !practice.HasApp(idp.AppUserManagement) {
		line.State, line.Fix = PrerequisiteMissing, "Ask APS to enable Contacts+ for the practice."
	}
	return line
}

func managersLine(managers []idp.User) Prerequisite {
	line := Prerequisite{
		Name: PrerequisiteManagers, State: PrerequisiteMet, Title: "Two people have access to User Management+",
		Why: "They reset others who have lost their phone. Nobody can reset themselves, so one person alone is stuck without theirs.",
	}
	for _, user := range managers {
		if !user.PasswordHash.IsZero() { // a person who was invited and never joined can't help others
			line.Found = append(line.Found, user.Username)
		}
	}
	switch len(line.Found) {
	case 0:
		line.State = PrerequisiteMissing
		line.Fix = "Give at least one active person access to User Management+, and have them choose a password."
	case 1:
		line.State = PrerequisiteWarning
		line.Fix = "Give a second person access to User Management+."
	}
	line.Found = few(line.Found)
	return line
}

func mailboxesLine(mailboxes []string) Prerequisite {
	line := Prerequisite{
		Name: PrerequisiteMailboxes, State: PrerequisiteMet, Title: "Everybody signs in with their own account",
		Why:   "Security codes go to one person’s phone. Several people can’t share an account, or a mailbox that resets its password.",
		Found: shared(mailboxes),
	}
	if len(line.Found) > 0 {
		line.State = PrerequisiteWarning
		line.Fix = "Give each person an account with an email address of their own, and disable the shared one."
	}
	line.Found = few(line.Found)
	return line
}

func integrationsLine(automated []string) Prerequisite {
	line := Prerequisite{
		Name: PrerequisiteIntegrations, State: PrerequisiteMet, Title: "No program signs in as a person",
		Why:   "A program that signs in with a person’s password stops working as soon as a security code is asked for.",
		Found: few(automated),
	}
	if len(line.Found) > 0 {
		line.State = PrerequisiteWarning
		line.Fix = "Find out which program uses these accounts, and ask APS to register it as an integration."
	}
	return line
}

// shared finds user names that stand for a role rather than a person, and those of several accounts that share a mailbox: the
// part after "+" in an address does not change where mail is delivered (RFC 5233).
func shared(mailboxes []string) (found []string) {
	accounts := map[string]int{}
	for _, name := range mailboxes {
		accounts[mailboxOf(name)]++
	}
	for _, name := range mailboxes {
		mailbox := mailboxOf(name)
		local, _, _ := strings.Cut(mailbox, "@")
		if isRoleName(local) || accounts[mailbox] > 1 {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

func mailboxOf(username string) string {
	local, domain, _ := strings.Cut(username, "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// isRoleName reports whether a mailbox is named after a role (RFC 2142) or a desk of an accounting practice.
func isRoleName(local string) bool {
	switch local {
	case "account", "accounts", "accounting", "admin", "administration", "administrator", "billing", "bookkeeping", "contact",
		"enquiries", "enquiry", "finance", "frontdesk", "hello", "help", "helpdesk", "hr", "info", "inquiries", "it", "mail",
		"manager", "office", "operations", "payroll", "practice", "reception", "sales", "service", "staff", "support", "tax",
		"team", "test", "user", "users", "webmaster", "postmaster":
		return true
	default:
		return false
	}
}

func few(names []string) []string { return names[:min(len(names), maxFound)] }
