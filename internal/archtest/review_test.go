package archtest

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"strings"
	"testing"
)

// securityReview is the page that walks the standards, requirement by requirement.
const securityReview = "deploy/docs/security-review.md"

var (
	reviewRow    = regexp.MustCompile(`(?m)^\|.*$`)
	reviewNumber = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)$`)
	reviewTest   = regexp.MustCompile("`([a-z/]+) (Test[A-Za-z0-9_]+)`")
	reviewState  = regexp.MustCompile(`^(Not applicable|Documented|In part|Not held)\b.*: `)
	testFunction = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
)

// An auditor reads each row as a promise: an empty cell promises nothing, and a test that is gone holds nothing.
func TestEveryRowOfTheSecurityReviewSaysWhatHoldsIt(t *testing.T) {
	page, tests := read(t, securityReview), map[string]bool{}
	for _, name := range tracked(t) {
		for _, folder := range testFolder(name) {
			for _, function := range testFunction.FindAllStringSubmatch(read(t, name), -1) {
				tests[folder+" "+function[1]] = true
			}
		}
	}
	if n := len(reviewRow.FindAllString(page, -1)); n < 150 {
		t.Fatalf("found only %d rows in %s", n, path.Base(securityReview))
	}
	for _, fault := range reviewFaults(page, tests) {
		t.Errorf("%s: %s", securityReview, fault)
	}
}

func reviewFaults(page string, tests map[string]bool) (faults []string) {
	for _, test := range reviewTest.FindAllStringSubmatch(page, -1) {
		if name := test[1] + " " + test[2]; !tests[name] {
			faults = append(faults, fmt.Sprintf("there is no test %q", name))
		}
	}
	for _, section := range strings.Split(page, "\n## ")[1:] {
		heading, _, _ := strings.Cut(section, "\n")
		var last [3]int
		rows := reviewRow.FindAllString(section, -1)
		for _, row := range rows[min(2, len(rows)):] { // below the head of the table
			cells := strings.Split(strings.Trim(row, "|"), "|")
			faults = append(faults, rowFaults(row, cells)...)
			if strings.HasPrefix(heading, "ASVS") {
				next, fault := follow(last, strings.TrimSpace(cells[0]))
				last, faults = next, append(faults, fault...)
			}
		}
	}
	return faults
}

func rowFaults(row string, cells []string) (faults []string) {
	if len(cells) != 3 {
		return []string{fmt.Sprintf("a row of %d cells: %s", len(cells), row)}
	}
	for _, cell := range cells {
		if strings.TrimSpace(cell) == "" {
			faults = append(faults, "an empty cell: "+row)
		}
	}
	holds := strings.TrimSpace(cells[2])
	if !reviewTest.MatchString(holds) && !reviewState.MatchString(holds) {
		faults = append(faults, "neither a test nor the reason why there is none: "+row)
	}
	return faults
}

// follow checks that a number of ASVS is the next one: of its section, or the first of the next section.
func follow(last [3]int, text string) (next [3]int, faults []string) {
	if !reviewNumber.MatchString(text) {
		return last, []string{fmt.Sprintf("%q is no number of ASVS", text)}
	}
	if _, err := fmt.Sscanf(text, "%d.%d.%d", &next[0], &next[1], &next[2]); err != nil {
		return last, []string{err.Error()}
	}
	first := last == [3]int{} && next[1] == 1 && next[2] == 1
	inSection := next == [3]int{last[0], last[1], last[2] + 1}
	newSection := next == [3]int{last[0], last[1] + 1, 1}
	if !first && !inSection && !newSection {
		return next, []string{fmt.Sprintf("%s does not follow on %d.%d.%d", text, last[0], last[1], last[2])}
	}
	return next, nil
}

func TestTheRulesOnTheSecurityReviewBite(t *testing.T) {
	const page = "# Review\n\n## ASVS V6\n\n| number | what | holds |\n| --- | --- | --- |\n" +
		"| 6.1.1 | a | good: `signin TestA` |\n| 6.1.2 | b | Not held: nothing |\n| 6.2.1 | c | In part: `signin TestA` |\n"
	tests := map[string]bool{"signin TestA": true}
	if faults := reviewFaults(page, tests); len(faults) > 0 {
		t.Fatalf("a good page does not pass: %q", faults)
	}
	for name, bad := range map[string]struct{ from, to string }{
		"an empty cell":      {"| b |", "|  |"},
		"nothing holds it":   {"Not held: nothing", "trust us"},
		"no reason":          {"Not held: nothing", "Not held"},
		"a test that is not": {"good: `signin TestA`", "good: `signin TestB`"},
		"another folder":     {"good: `signin TestA`", "good: `session TestA`"},
		"a gap":              {"6.1.2", "6.1.3"},
		"a section left out": {"6.2.1", "6.3.1"},
		"a late beginning":   {"| 6.1.1 | a | good: `signin TestA` |\n", ""},
		"a number twice":     {"6.1.2", "6.1.1"},
		"a cell too few":     {"| b |", "|"},
	} {
		if faults := reviewFaults(strings.Replace(page, bad.from, bad.to, 1), maps.Clone(tests)); len(faults) == 0 {
			t.Errorf("%s passes", name)
		}
	}
}
