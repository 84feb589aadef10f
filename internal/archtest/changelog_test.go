package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/semver"
)

// CHANGELOG.md is read by people and cut into release notes by programs, so it keeps one form: CONTRIBUTING.md says which.
func TestTheChangelogKeepsItsForm(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range changelogFaults(string(text)) {
		t.Errorf("CHANGELOG.md:%s", fault)
	}
}

const maxChangelogLine = 134

var (
	releaseHeading = regexp.MustCompile(`^## (\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)$`)
	entryBeginning = regexp.MustCompile("^- [\\p{Lu}`*]")
)

// kindsOfChange lists the sections of a release in their order.
func kindsOfChange() []string { return []string{"Added", "Changed", "Removed", "Fixed", "Security"} }

// changelog is what has been read of a changelog so far.
type changelog struct {
	faults        []string
	line          int
	releases      int    // how many have begun, Unreleased included
	version, date string // of the release above this one
	kind          int    // place of the current section in kindsOfChange; -1 before the first
	entries       int    // of the current section
	entry         string // the entry that is being read
}

func changelogFaults(text string) []string {
	c := &changelog{kind: -1}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "# Changes" {
		c.report("the first line is not %q", "# Changes")
	}
	for i, line := range lines {
		c.line = i + 1
		c.read(line)
	}
	c.endSection()
	if c.releases == 0 {
		c.report("there is no section Unreleased")
	}
	return c.faults
}

func (c *changelog) report(format string, values ...any) {
	c.faults = append(c.faults, fmt.Sprintf("%d: ", c.line)+fmt.Sprintf(format, values...))
}

func (c *changelog) read(line string) {
	switch {
	case len(line) > maxChangelogLine:
		c.report("longer than %d bytes", maxChangelogLine)
	case strings.TrimRight(line, " \t") != line:
		c.report("ends with a space")
	}
	switch {
	case strings.HasPrefix(line, "## "):
		c.endSection()
		c.beginRelease(line)
	case strings.HasPrefix(line, "### "):
		c.endSection()
		c.beginKind(strings.TrimPrefix(line, "### "))
	case strings.HasPrefix(line, "- "):
		c.endEntry()
		c.beginEntry(line)
	case line == "":
		c.endEntry()
	case c.entry != "" && strings.HasPrefix(line, "  ") && line[2] != ' ' && line[2] != '-':
		c.entry = line
	case c.releases > 0:
		c.report("is no heading, no entry (%q) and no further line of one (two spaces)", "- Text.")
	}
}

func (c *changelog) beginRelease(line string) {
	c.releases++
	c.kind = -1
	if c.releases == 1 {
		if line != "## Unreleased" {
			c.report("the first section is not Unreleased")
		}
		return
	}
	parts := releaseHeading.FindStringSubmatch(line)
	if parts == nil {
		c.report("a release is written %q", "## 1.2.3 (2027-01-31)")
		return
	}
	if c.version != "" && semver.Compare("v"+parts[1], "v"+c.version) >= 0 {
		c.report("%s stands below %s: the newest release comes first", parts[1], c.version)
	}
	if c.date != "" && parts[2] > c.date {
		c.report("%s is later than the release above it", parts[2])
	}
	c.version, c.date = parts[1], parts[2]
}

func (c *changelog) beginKind(name string) {
	kind := slices.Index(kindsOfChange(), name)
	switch {
	case c.releases == 0:
		c.report("%s belongs to no release", name)
	case kind < 0:
		c.report("%s is none of %s", name, strings.Join(kindsOfChange(), ", "))
	case kind <= c.kind:
		c.report("%s stands twice or out of order: %s", name, strings.Join(kindsOfChange(), ", "))
	}
	c.kind = kind
}

func (c *changelog) beginEntry(line string) {
	if c.kind < 0 {
		c.report("an entry belongs below one of %s", strings.Join(kindsOfChange(), ", "))
	}
	if !entryBeginning.MatchString(line) {
		c.report("an entry begins with a capital letter or a name in backquotes")
	}
	c.entries++
	c.entry = line
}

func (c *changelog) endEntry() {
	if c.entry != "" && !strings.HasSuffix(c.entry, ".") {
		c.report("the entry above does not end with a full stop")
	}
	c.entry = ""
}

func (c *changelog) endSection() {
	c.endEntry()
	if c.kind >= 0 && c.entries == 0 {
		c.report("the section above is empty")
	}
	c.entries = 0
}

func TestTheFormOfTheChangelogBites(t *testing.T) {
	const good = "# Changes\n\nWhat users notice.\n\n## Unreleased\n\n### Added\n\n- One thing,\n  in two lines.\n- `apsid` too.\n\n### Fixed\n\n- A fault.\n\n" +
		"## 1.10.0 (2027-02-01)\n\n### Changed\n\n- One.\n\n## 1.9.0 (2027-01-31)\n\n### Security\n\n- Two.\n"
	if faults := changelogFaults(good); len(faults) > 0 {
		t.Fatalf("a good changelog does not pass: %q", faults)
	}
	if faults := changelogFaults("# Changes\n\n## Unreleased\n"); len(faults) > 0 {
		t.Errorf("nothing unreleased does not pass: %q", faults)
	}
	bad := map[string][2]string{
		"another title":        {"# Changes", "# Log"},
		"nothing unreleased":   {"## Unreleased", "## 2.0.0 (2027-03-01)"},
		"no date":              {" (2027-02-01)", ""},
		"an older one first":   {"1.10.0", "1.8.0"},
		"a later date below":   {"2027-01-31", "2027-02-02"},
		"an unknown kind":      {"### Fixed", "### Repaired"},
		"a kind twice":         {"### Fixed", "### Added"},
		"kinds out of order":   {"### Added", "### Security"},
		"an empty section":     {"- A fault.\n", ""},
		"no section":           {"### Changed\n\n", ""},
		"another bullet":       {"- A fault", "* A fault"},
		"a small letter":       {"- A fault", "- a fault"},
		"no full stop":         {"two lines.", "two lines"},
		"a list within a list": {"  in two", "  - in two"},
		"a loose line":         {"  in two", "in two"},
		"a space at the end":   {"A fault.", "A fault. "},
		"a long line":          {"A fault.", "A " + strings.Repeat("long ", 30) + "fault."},
	}
	for name, change := range bad {
		if faults := changelogFaults(strings.Replace(good, change[0], change[1], 1)); len(faults) == 0 {
			t.Errorf("%s passes", name)
		}
	}
}
