package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/config"
)

var update = flag.Bool("update", false, "write deploy/docs/configuration.md anew")

// The page of all settings says what the program knows. Write it with: go test ./cmd/apsid -run Configuration -update
func TestTheConfigurationPageSaysWhatThereIs(t *testing.T) {
	var c commands
	parser, err := newParser(&c, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join("..", "..", "deploy", "docs", "configuration.md")
	at := slices.IndexFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == "serve" })
	want := configurationPage(parser.Model.Children[at])
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(page)
	if err != nil || string(is) != want {
		t.Errorf("%s is not what the flags of serve are (%v): run this test with -update", page, err)
	}
}

func configurationPage(serve *kong.Node) string {
	var page strings.Builder
	page.WriteString(`# Settings of a node

What ` + "`apsid serve`" + ` can be told, generated from the program. A setting is a flag, a variable of the environment, or a key of the
configuration file (` + "`--config FILE`" + `, YAML or JSON, with the names of the flags without dashes before them). The command line comes before the
environment, which comes before the file. A name that does not exist is an error, and not a setting that silently does not count.

A secret (marked *secret*) may stand in a file of its own, too: the variable with ` + "`_FILE`" + ` at its end names it, as Kubernetes, Docker and systemd
hand secrets out. ` + "`apsid doctor`" + ` looks at all of it without starting a node. [Operating APS ID](operating.md) says what to choose.
`)
	group := ""
	for _, one := range serve.Flags {
		if title := groupOf(one); title != group {
			group = title
			fmt.Fprintf(&page, "\n## %s\n\n| flag, variable | default | what it is |\n| --- | --- | --- |\n", strings.TrimSuffix(group, ":"))
		}
		fmt.Fprintf(&page, "| `--%s`<br>`%s` | %s | %s |\n", one.Name, strings.Join(one.Envs, "` `"), defaultOf(one), meaningOf(one))
	}
	return page.String()
}

func groupOf(one *kong.Flag) string {
	if one.Group == nil {
		return "Further"
	}
	return cmp.Or(one.Group.Title, one.Group.Key)
}

func defaultOf(one *kong.Flag) string {
	switch {
	case one.Required:
		return "must be given"
	case one.HasDefault && one.Default != "":
		return "`" + one.Default + "`"
	default:
		return ""
	}
}

func meaningOf(one *kong.Flag) string {
	text := strings.NewReplacer("|", `\|`, "<", `\<`).Replace(one.Help)
	if one.Target.Type() == reflect.TypeFor[config.Secret]() {
		text = "*Secret.* " + text
	}
	return text
}
