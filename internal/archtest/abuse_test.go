package archtest

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// threatModel is the page that lists what may be tried, by the numbers that tests cite.
const threatModel = "deploy/docs/threat-model.md"

// notHeld stands where a row has no test.
const notHeld = "not held yet"

// attempt is a row of the list.
type attempt struct {
	number int
	tests  []string // folders whose tests cite the number
}

var (
	attemptRow = regexp.MustCompile(`(?m)^\| (\d*) \|.*\| ([^|]*) \|$`)
	citation   = regexp.MustCompile(`\bABUSE\b( \d+(?:(?:, | and )\d+)*)?`)
	number     = regexp.MustCompile(`\d+`)
	folder     = regexp.MustCompile("`([^`]+)`")
)

// A number that leads nowhere explains nothing, and an attempt in the list that no test covers is not known to be prevented.
func TestEveryAttemptOfTheThreatModelIsWhereItSays(t *testing.T) {
	page := read(t, threatModel)
	cited, faults := citations(t)
	for _, fault := range slices.Concat(faults, listFaults(attempts(page), cited)) {
		t.Error(fault)
	}
}

func attempts(page string) (all []attempt) {
	for _, row := range attemptRow.FindAllStringSubmatch(page, -1) {
		n, _ := strconv.Atoi(row[1])
		one := attempt{number: n}
		for _, name := range folder.FindAllStringSubmatch(row[2], -1) {
			one.tests = append(one.tests, name[1])
		}
		if len(one.tests) == 0 && row[2] != notHeld {
			one.tests = []string{row[2]} // neither folders nor notHeld: the comparison says so
		}
		all = append(all, one)
	}
	return all
}

// citations maps each number that the tree cites to the folders whose tests do; a number that only product code cites has none.
func citations(t *testing.T) (cited map[int][]string, faults []string) {
	t.Helper()
	cited = map[int][]string{}
	for _, name := range tracked(t) {
		if within(name, "internal/archtest") || name == threatModel || path.Ext(name) == ".sum" {
			continue
		}
		text := read(t, name)
		numbers, bare := cites(text)
		if bare {
			faults = append(faults, fmt.Sprintf("%s: a citation without a number: look it up in %s", name, threatModel))
		}
		for _, n := range numbers {
			cited[n] = append(cited[n], testFolder(name)...)
		}
	}
	return cited, faults
}

// cites lists the numbers that a text cites, and says whether it also cites without one.
func cites(text string) (numbers []int, bare bool) {
	for _, match := range citation.FindAllStringSubmatch(text, -1) {
		found := number.FindAllString(match[1], -1)
		bare = bare || len(found) == 0
		for _, digits := range found {
			n, _ := strconv.Atoi(digits)
			numbers = append(numbers, n)
		}
	}
	return numbers, bare
}

// testFolder is the folder of a test as the list writes it, and nothing for other files.
func testFolder(name string) []string {
	if !strings.HasSuffix(name, "_test.go") {
		return nil
	}
	return []string{strings.TrimPrefix(path.Dir(name), "internal/")}
}

func listFaults(list []attempt, cited map[int][]string) (faults []string) {
	report := func(format string, values ...any) { faults = append(faults, fmt.Sprintf(format, values...)) }
	for i, a := range list {
		if a.number != i+1 {
			report("%s: row %d of the list has the number %d: rows are numbered in order, each once, and keep their number", threatModel, i+1, a.number)
		}
		if len(a.tests) == 0 && len(cited[a.number]) > 0 {
			report("%s: %d has a test, and is said to be %s", threatModel, a.number, notHeld)
		}
		for _, folder := range a.tests {
			if !slices.Contains(cited[a.number], folder) {
				report("%s: %d is said to be tested in %q, and no test there cites it", threatModel, a.number, folder)
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(cited)) {
		if n < 1 || n > len(list) {
			report("%d is cited (in %v), and %s has no such row", n, cited[n], threatModel)
		}
	}
	return faults
}

// read returns the text of a file of the tree; one that was deleted and not yet committed is empty.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheRulesOnAttemptsBite(t *testing.T) {
	const page = "| | what | holds | tests in |\n| --- | --- | --- | --- |\n| 1 | a | b | `signin`, `web/steps` |\n| 2 | a | in part | not held yet |\n"
	numbers, bare := cites("// AB" + "USE 1, 2 and 3: x\n// AB" + "USE 4\n")
	if bare || !slices.Equal(numbers, []int{1, 2, 3, 4}) {
		t.Fatalf("cited: %v, %v", numbers, bare)
	}
	if _, bare := cites("// AB" + "USE: x"); !bare {
		t.Error("a citation without a number passes")
	}
	if got := testFolder("internal/signin/x.go"); got != nil {
		t.Errorf("product code counts as a test: %v", got)
	}
	cited := map[int][]string{1: testFolder("internal/web/steps/x_test.go")}
	cited[1] = append(cited[1], "signin")
	if faults := listFaults(attempts(page), cited); len(faults) > 0 {
		t.Fatalf("a good list does not pass: %q", faults)
	}
	for name, bad := range map[string]struct{ from, to string }{
		"a number twice":     {"| 2 |", "| 1 |"},
		"no number":          {"| 2 |", "|  |"},
		"a gap":              {"| 2 |", "| 3 |"},
		"a test elsewhere":   {"`signin`", "`session`"},
		"held, and not":      {"`signin`, `web/steps`", "not held yet"},
		"neither":            {"not held yet", "some day"},
		"a row that is gone": {"| 1 | a | b | `signin`, `web/steps` |\n", ""},
	} {
		if faults := listFaults(attempts(strings.Replace(page, bad.from, bad.to, 1)), cited); len(faults) == 0 {
			t.Errorf("%s passes", name)
		}
	}
	if faults := listFaults(attempts(page), map[int][]string{1: cited[1], 62: nil}); len(faults) == 0 {
		t.Error("a number that no row has passes")
	}
}
