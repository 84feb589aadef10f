package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/apscloud/apsid/internal/config"
)

var (
	variableNamed = regexp.MustCompile(`\bAPSID_[A-Z0-9_]+`)
	flagNamed     = regexp.MustCompile(`(?:^|[\s"'\[])--([a-z][a-z-]+)`)
	lineOfOurs    = regexp.MustCompile(`(?m)^.*(?:/apsid"|bin/apsid |command: \["demo|args: \["|apsid serve).*$`)
)

// What packages tell the program is something that it knows: a setting that was renamed here would be a node that does not start there.
func TestPackagesNameSettingsThatThereAre(t *testing.T) {
	var c commands
	parser, err := newParser(&c, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	_ = kong.Visit(parser.Model, func(each kong.Visitable, next kong.Next) error {
		if one, ok := each.(*kong.Flag); ok {
			flags = append(flags, one.Name)
		}
		return next(nil)
	})
	seen := 0
	for name, text := range packages(t) {
		for _, variable := range variableNamed.FindAllString(text, -1) {
			seen++
			if err := config.CheckEnvironment(parser.Model, []string{variable + "=x"}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, line := range lineOfOurs.FindAllString(text, -1) {
			line = line[strings.LastIndex(line, "CMD")+1:] // before it stand the flags of who runs the image
			for _, one := range flagNamed.FindAllStringSubmatch(line, -1) {
				seen++
				if !slices.Contains(flags, one[1]) {
					t.Errorf("%s: there is no --%s", name, one[1])
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d settings were found: the packages have another form", seen)
	}
	var values struct{ Settings map[string]any }
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "chart", "values.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &values)
	}
	if err != nil || len(values.Settings) == 0 {
		t.Fatalf("the chart has no settings: %v", err)
	}
	for name := range values.Settings {
		if !slices.Contains(flags, name) {
			t.Errorf("values.yaml: there is no %s", name)
		}
	}
}

// packages are the files that run the program somewhere, by their names.
func packages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	root := os.DirFS(filepath.Join("..", "..", "deploy"))
	for _, pattern := range []string{"Dockerfile", "compose.yaml", "systemd/*", "chart/templates/*"} {
		names, err := fs.Glob(root, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			found[name] = strings.ReplaceAll(string(text), "\\\n", " ")
		}
	}
	return found
}
