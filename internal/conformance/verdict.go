package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Verdict is a module's result, as the suite names it.
type Verdict string

// The verdicts. A plan can be certified if each of its modules has passed, has warned or was skipped.
const (
	Passed  Verdict = "PASSED"
	Warned  Verdict = "WARNING"
	Skipped Verdict = "SKIPPED" // it needs a feature that is optional, and that the provider says it does not have
	Failed  Verdict = "FAILED"
)

// Finding is a condition that does not hold.
type Finding struct {
	Condition string // its name in the suite
	Failure   bool   // or a warning
	Problem   string
}

func (f Finding) String() string {
	level := "warning"
	if f.Failure {
		level = "failure"
	}
	return fmt.Sprintf("%s: %s: %s", level, f.Condition, f.Problem)
}

// Result is what a module came to.
type Result struct {
	Verdict  Verdict
	Skipped  string // why, if it was
	Findings []Finding
}

// Found reports whether the condition is among the findings.
func (r Result) Found(condition string) bool {
	for _, f := range r.Findings {
		if f.Condition == condition {
			return true
		}
	}
	return false
}

func (r Result) String() string {
	lines := []string{string(r.Verdict)}
	if r.Skipped != "" {
		lines[0] += ": " + r.Skipped
	}
	for _, f := range r.Findings {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n\t")
}

// errStopped ends a module whose findings say why.
var errStopped = errors.New("the module has stopped")

// skipped ends a module that can't be run here.
type skipped struct{ reason string }

func (s skipped) Error() string { return s.reason }

// record keeps the findings of a module. A problem that is nil is none.
type record struct{ findings []Finding }

// fail holds a condition whose breach is a failure, and goes on.
func (r *record) fail(condition string, problem error) {
	r.add(condition, true, problem)
}

// warn holds a condition whose breach is a warning, and goes on.
func (r *record) warn(condition string, problem error) {
	r.add(condition, false, problem)
}

func (r *record) add(condition string, failure bool, problem error) {
	if problem == nil {
		return
	}
	f := Finding{Condition: condition, Failure: failure, Problem: problem.Error()}
	if !slices.Contains(r.findings, f) { // some conditions are held twice
		r.findings = append(r.findings, f)
	}
}

// stop holds a condition without which the module can't go on.
func (r *record) stop(condition string, problem error) error {
	if problem == nil {
		return nil
	}
	r.fail(condition, problem)
	return errStopped
}

// result is the verdict, given the error with which the module's steps ended.
func (r *record) result(ended error) Result {
	result := Result{Verdict: Passed, Findings: r.findings}
	var skip skipped
	switch {
	case errors.As(ended, &skip):
		result.Verdict, result.Skipped = Skipped, skip.reason
	case ended != nil && !errors.Is(ended, errStopped):
		r.fail("ExpectAnAnswer", ended) // a request got none
		result.Findings = r.findings
	}
	for _, f := range result.Findings {
		if f.Failure {
			result.Verdict, result.Skipped = Failed, ""
			return result
		}
	}
	if len(result.Findings) > 0 && result.Verdict == Passed {
		result.Verdict = Warned
	}
	return result
}
