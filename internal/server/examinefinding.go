package server

import "fmt"

// State is what a finding means for a node.
type State string

// The states.
const (
	Well State = "ok"
	Note State = "note" // an operator should know it, though nothing fails
	Fail State = "FAIL"
)

// Finding is one line of an examination.
type Finding struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Text  string `json:"text,omitempty"` // what was found, in one line
	Mend  string `json:"mend,omitempty"` // what to do about it
}

// fault is a mistake that is looked for. Its texts stand in deploy/docs/operating.md too, which a test holds.
type fault struct {
	state State
	text  string // with the verbs of package fmt
	mend  string
}

func (f fault) found(values ...any) Finding {
	return Finding{State: f.state, Text: fmt.Sprintf(f.text, values...), Mend: f.mend}
}

// Faults that every check may have.
var (
	unchecked = fault{Note, "not checked: %s", ""}
	hangs     = fault{Fail, "no answer in time", "see to the disk or the network that this check looks at"}
)

// name puts the name of the check on what it found; what found nothing is well.
func name(check string, all []Finding) []Finding {
	if len(all) == 0 {
		all = []Finding{{State: Well}}
	}
	for i := range all {
		all[i].Check = check
	}
	return all
}
