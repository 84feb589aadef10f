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
	Rule    string // what the app has to do
	Spec    string // the specification that says so, with its section; "": our contract does, beyond the specifications
	Section string // of Guide
}

// check is one thing that is asked of apps.
type check struct {
	name    string
	rule    string
	spec    string // "": our contract
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

// unproved is the verdict of a check whose control failed: had it passed, that could come from an app that refuses everything.
func unproved(control string) verdict { return wrong("nothing is proved: " + control) }

func (c check) result(v verdict) Result {
	return Result{Check: c.name, State: v.state, Seen: v.seen, Rule: c.rule, Spec: c.spec, Section: c.section}
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
	var named []string
	for _, c := range append(requestChecks(), checks()...) {
		if !slices.Contains(named, c.section) {
			named = append(named, c.section)
		}
	}
	return named
}

// The specifications that checks name.
const (
	core     = "OpenID Connect Core 1.0, section "
	backChan = "OpenID Connect Back-Channel Logout 1.0, section "
)
