package policy

// PrerequisiteState is how a prerequisite of MFA stands.
type PrerequisiteState string

// The states.
const (
	PrerequisiteMet     PrerequisiteState = "met"
	PrerequisiteWarning PrerequisiteState = "warning" // may go ahead; somebody will be sorry
	PrerequisiteMissing PrerequisiteState = "missing" // may not
)

// Prerequisite is one line of the report.
type Prerequisite struct {
	Name  string // "contacts", "managers", "mailboxes", "integrations"
	State PrerequisiteState
	Title string   // "Contacts+ is enabled"
	Why   string   // why it matters
	Fix   string   // how to fix it; "" if met
	Found []string // what was found: user names, at most 20
}

// PrerequisiteReport says whether MFA can be activated.
type PrerequisiteReport struct{ Lines []Prerequisite }

// Ready reports whether nothing is missing.
func (r PrerequisiteReport) Ready() bool {
	for _, line := range r.Lines {
		if line.State == PrerequisiteMissing {
			return false
		}
	}
	return true
}
