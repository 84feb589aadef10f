package conform

import (
	"context"
	"slices"
)

// Guide is where the contract is written down for those who write apps.
const Guide = "deploy/docs/app-developers.md"

// State is the outcome of a check.
type State string

// The states.
const (
	OK         State = "ok"
	Wrong      State = "wrong"
	NotChecked State = "not checked" // the app does not have what would be checked, or things went too slowly to tell
)

// Result is one line of the report.
type Result struct {
	Check   string // "activity: polls"
	State   State
	Seen    string // what the app did, unless all is well
	Rule    string // what the contract says
	Section string // of Guide
}

// check is one thing that the contract asks for.
type check struct {
	name    string
	rule    string
	section string
	slow    bool // waits for a session's end
	run     func(ctx context.Context, s *suite) verdict
}

// verdict is what a check found.
type verdict struct {
	state State
	seen  string
}

func fine() verdict                { return verdict{state: OK} }
func wrong(seen string) verdict    { return verdict{Wrong, seen} }
func unchecked(why string) verdict { return verdict{NotChecked, why} }
func fineIf(seen string) verdict {
	if seen != "" {
		return wrong(seen)
	}
	return fine()
}

func (c check) result(v verdict) Result {
	return Result{Check: c.name, State: v.state, Seen: v.seen, Rule: c.rule, Section: c.section}
}

// checks lists all of them, in the order of the guide.
func checks() []check {
	var all []check
	for _, some := range [][]check{signInChecks(), answerChecks(), cookieChecks(), activityChecks(), endChecks(), logoutChecks(), signOutChecks()} {
		all = append(all, some...)
	}
	return all
}

// Sections are those of Guide that results name.
func Sections() []string {
	named := []string{requests().section}
	for _, c := range checks() {
		if !slices.Contains(named, c.section) {
			named = append(named, c.section)
		}
	}
	return named
}
