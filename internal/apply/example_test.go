package apply_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/apply"
	"github.com/apscloud/apsid/internal/idp"
)

// The example that operators begin with can be applied as it is.
func TestTheExampleWorks(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		files, err := apply.Read(filepath.Join("..", "..", "deploy", "examples", "apply", "practices.yaml"))
		must(t, err)
		given := idp.RandomSecret(32)
		settings := apply.Config{
			Caller: caller, Env: func(name string) (string, bool) { return given.Reveal(), name == "CONTACTS_CLIENT_SECRET" },
			KeepSecret: func(idp.ClientID, idp.Secret) error { return nil },
		}
		for _, want := range []string{"7 to create, 0 to change, 0 to disable\n", "nothing to do\n"} {
			plan, err := apply.Compare(t.Context(), settings, d.shell.Directory(), d.shell.Records(), files, time.Now())
			must(t, err)
			var printed bytes.Buffer
			must(t, plan.Print(&printed))
			if !strings.HasSuffix(printed.String(), want) || strings.Contains(printed.String(), given.Reveal()) {
				t.Errorf("printed %s", printed.String())
			}
			_, err = plan.Carry(t.Context(), time.Now)
			must(t, err)
		}
	})
}

// What is no list of objects is a mistake with its line, whatever YAML can say.
func TestOddFilesAreMistakes(t *testing.T) {
	d := &desk{t: t}
	for text, want := range map[string]string{
		"- practices":                              ":1: must be practices, apps, integrations and people",
		"practices: {id: prc_x}":                   ":1: practice: must be a list",
		"practices: [prc_x]":                       ":1: practice: must be keys with values",
		"practices:\n- {id: prc_x, id: prc_y}":     ":2: practice prc_y: id: stands here twice",
		"practices: [{name: X}]":                   ":1: practice: id: is missing",
		"people: [{username: '', name: X}]":        "username: is missing",
		"practices: [{id: [prc_x]}]":               "id: must be text",
		"practices: [{id: prc_x, apps: [[a]]}]":    "apps: must be a list of texts",
		"practices: [{id: prc_x, apps: [null]}]":   "apps: must be a list of texts",
		"practices: [{<<: {id: prc_x}}]":           `unknown key "<<"`,
		"practices: [{id: prc_x, \"\\e[31m\": 1}]": `unknown key "\x1b[31m"`,
		"practices: &a [*a]":                       "must be keys with values",
		"practices: [{id: prc_x":                   "f0.yaml: ",
		"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\npractices: [{id: prc_x, apps: *b}]": "apps: must be a list of texts",
	} {
		if _, err := d.plan(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
