package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// goFile finds the files that a page names: `signin/next.go`, below internal or from the root.
var goFile = regexp.MustCompile("`([a-z0-9_/.-]+\\.(?:go|gohtml|md))`")

// A newcomer follows the page with the files open: a name that leads nowhere loses them.
func TestTheArchitecturePageNamesFilesThatExist(t *testing.T) {
	const page = "../../deploy/docs/architecture.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	names := goFile.FindAllStringSubmatch(string(text), -1)
	if len(names) < 40 {
		t.Fatalf("found only %d names of files", len(names))
	}
	for _, match := range names {
		if !named(match[1]) {
			t.Errorf("architecture.md names %s, which is not there", match[1])
		}
	}
}

// named reports whether a file of this name, or that ends so, is below one of the folders that the page speaks of.
func named(name string) bool {
	for _, folder := range []string{"../..", "..", "../store", "../*", "../store/*", "../web/*", "../../templates/pages", "../../templates/pages/*"} {
		found, err := filepath.Glob(filepath.Join(folder, name))
		if err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}
