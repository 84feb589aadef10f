package apply_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/apply"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
)

var caller = directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "shell:test"}}

// desk is where files are applied.
type desk struct {
	t     *testing.T
	shell *server.Console
	prune bool
	kept  map[idp.ClientID]string
}

// atDesk runs the test on both databases.
func atDesk(t *testing.T, test func(*testing.T, *desk)) {
	t.Helper()
	for engine, address := range map[string]func(*testing.T) string{
		"SQLite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"Postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			places, err := config.Stores{Sealed: config.Sealed{
				Database: config.Database{StateDir: t.TempDir(), DatabaseURL: config.NewSecret(address(t))}, MakeSealKeys: true,
			}}.Complete()
			must(t, err)
			_, err = server.Migrate(t.Context(), places.SQL)
			must(t, err)
			shell, err := server.OpenConsole(t.Context(), places, nil, slog.New(slog.DiscardHandler))
			must(t, err)
			t.Cleanup(func() { must(t, shell.Close()) })
			test(t, &desk{t: t, shell: shell, kept: map[idp.ClientID]string{}})
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plan compares texts with what is stored.
func (d *desk) plan(texts ...string) (apply.Plan, error) {
	d.t.Helper()
	var names []string
	for i, text := range texts {
		name := filepath.Join(d.t.TempDir(), fmt.Sprintf("f%d.yaml", i))
		must(d.t, os.WriteFile(name, []byte(text), 0o600))
		names = append(names, name)
	}
	files, err := apply.Read(names...)
	if err != nil {
		return apply.Plan{}, err
	}
	return apply.Compare(d.t.Context(), apply.Config{
		Caller: caller, Prune: d.prune, Env: func(string) (string, bool) { return "", false },
		KeepSecret: func(id idp.ClientID, secret idp.Secret) error {
			d.kept[id] = secret.Reveal()
			return nil
		},
	}, d.shell.Directory(), d.shell.Records(), files, time.Now())
}

// apply makes it so, and returns what was printed. Applied again it must have nothing to do.
func (d *desk) apply(texts ...string) string {
	d.t.Helper()
	plan, err := d.plan(texts...)
	must(d.t, err)
	var printed bytes.Buffer
	must(d.t, plan.Print(&printed))
	done, err := plan.Carry(d.t.Context(), time.Now)
	must(d.t, err)
	if done != plan.Len() {
		d.t.Errorf("%d of %d were done", done, plan.Len())
	}
	again, err := d.plan(texts...)
	must(d.t, err)
	if !again.IsEmpty() {
		var rest bytes.Buffer
		must(d.t, again.Print(&rest))
		d.t.Errorf("applied again there is something to do:\n%s", rest.String())
	}
	return printed.String()
}

// events counts the events of a practice by type.
func (d *desk) events(practice idp.PracticeID) map[string]int {
	d.t.Helper()
	found, _, err := d.shell.Records().SearchEvents(d.t.Context(), practice, directory.EventQuery{}, directory.Page{Limit: 200})
	must(d.t, err)
	kinds := map[string]int{}
	for _, e := range found {
		kinds[string(e.Type)+" "+string(e.Result)]++
	}
	return kinds
}

func (d *desk) user(username string) idp.User {
	d.t.Helper()
	account, err := d.shell.Records().FindAccountByUsername(d.t.Context(), username)
	must(d.t, err)
	return account.User
}

const house = `
practices:
  - {id: prc_x, name: X, region: AU, time_zone: Australia/Sydney, apps: [contacts]}
  - {id: prc_y, name: Y, region: NZ, time_zone: Pacific/Auckland}
apps:
  - {id: contacts, name: Contacts+, kind: web, redirect_uris: [https://c.example/cb], scopes: [openid], brings: [user-management]}
integrations:
  - {id: bgl, name: BGL, practice: prc_x, scopes: [funds.read]}
  - {id: atomate, name: ATOmate, practice: prc_x, scopes: [mail.read]}
people:
  - {username: a@x.example, name: A, practice: prc_x, roles: [user_management]}
  - {username: b@x.example, name: B, practice: prc_x}
  - {username: c@y.example, name: C, practice: prc_y, state: disabled}
`

func TestFilesAreMadeSoOnce(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		printed := d.apply(house)
		for id, secret := range d.kept {
			if strings.Contains(printed, secret) || len(secret) < 40 {
				t.Errorf("the secret of %s: %d characters, or printed", id, len(secret))
			}
			client, err := d.shell.Records().FindClient(t.Context(), id)
			must(t, err)
			if len(client.Secrets) != 1 || client.Secrets[0].Hash != idp.HashToken(secret) {
				t.Errorf("%s has another secret than was kept", id)
			}
		}
		if len(d.kept) != 3 {
			t.Errorf("kept %d secrets", len(d.kept))
		}
		want := map[string]int{"practice.created success": 1, "client.registered success": 2, "user.invited success": 2}
		if got := d.events("prc_x"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if c := d.user("c@y.example"); c.State != idp.UserDisabled || d.events("prc_y")["user.invited success"] != 0 {
			t.Errorf("somebody who is disabled was invited: %+v", c)
		}
		practice, err := d.shell.Records().FindPractice(t.Context(), "prc_x")
		must(t, err)
		if !slices.Equal(practice.Apps, []idp.ClientID{"contacts", "user-management"}) || practice.MFA != idp.MFAOff {
			t.Errorf("stored %+v", practice)
		}
	})
}

func TestEachFieldChangesAndNothingElse(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.apply(house)
		printed := d.apply(`
practices:
  - {id: prc_x, phone: 02 5550 1134, time_zone: Australia/Hobart, apps: [], state: suspended}
apps:
  - id: contacts
    redirect_uris: [https://c.example/cb, https://c2.example/cb]
    scopes: [openid, offline_access]
    refresh_tokens: true
    profile: government_connected
    fapi2_from: 2027-03-31
    session_lifetime: 8h
    session_idle_timeout: 10m
    id_token_alg: ES256
    brings: []
integrations:
  - id: bgl
    owner: Olivia
    purpose: |
      Reads funds,
      for the return.
    review_at: 2027-03-31
    disabled: true
people:
  - {username: b@x.example, name: Bea, blocked_apps: [], state: disabled}
  - {username: c@y.example, state: active, roles: [system_administrator]}
`)
		for _, line := range []string{
			"~ practice prc_x", "+ phone: 02 5550 1134", "~ time_zone: Australia/Sydney → Australia/Hobart", "- apps: contacts",
			"- apps: user-management", "~ state: active → suspended", "+ redirect_uris: https://c2.example/cb", "+ scopes: offline_access",
			"~ profile: default → government_connected", "+ fapi2_from: 2027-03-31", "+ session_lifetime: 8h0m0s", "~ id_token_alg: RS256 → ES256", "- brings: user-management",
			"+ review_at: 2027-03-31", `+ purpose: "Reads funds,\nfor the return."`, "+ disabled: true", "~ name: B → Bea", "~ state: disabled → active", "+ roles: system_administrator",
			"0 to create, 5 to change, 0 to disable",
		} {
			if !strings.Contains(printed, line+"\n") {
				t.Errorf("no line %q in:\n%s", line, printed)
			}
		}
		client, err := d.shell.Records().FindClient(t.Context(), "contacts")
		must(t, err)
		if client.Name != "Contacts+" || client.IDTokenAlg != "ES256" || !client.RefreshTokens || client.SessionIdleTimeout != 10*time.Minute ||
			len(client.Brings) != 0 || client.Secrets[0].Hash != idp.HashToken(d.kept["contacts"]) {
			t.Errorf("stored %+v", client)
		}
		found, _, err := d.shell.Records().SearchEvents(t.Context(), "", directory.EventQuery{Type: idp.EventClientUpdated}, directory.Page{})
		must(t, err)
		if len(found) != 1 || found[0].Details["id_token_alg"] != "RS256 → ES256" || found[0].Actor.ID != "shell:test" {
			t.Errorf("events %+v", found)
		}
	})
}

// The last one who manages a practice keeps that right until another person has it: the order in the file does not matter (ABUSE 39).
func TestARightCanPassFromOneToAnother(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.apply(house)
		d.join("m@x.example", idp.RoleUserManagement)
		d.join("n@x.example")
		d.apply(`
people:
  - {username: m@x.example, roles: []}
  - {username: n@x.example, name: Nell, roles: [user_management]}
`)
		plan, err := d.plan(`people: [{username: n@x.example, name: Nora, state: disabled}]`)
		must(t, err)
		done, err := plan.Carry(t.Context(), time.Now)
		var mistake *apply.Mistake
		if !errors.As(err, &mistake) || mistake.Object != "person n@x.example" || mistake.Line != 1 || !strings.Contains(mistake.Text, "User Management+") || done != 0 {
			t.Errorf("the last one: %v after %d", err, done)
		}
		if n := d.user("n@x.example"); n.Name != "Nell" || n.State != idp.UserActive {
			t.Errorf("half of it happened: %+v", n)
		}
	})
}

// join creates a person who has a password already.
func (d *desk) join(username string, roles ...idp.Role) {
	d.t.Helper()
	const bcrypt = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	_, err := d.shell.Directory().People.ImportUsers(d.t.Context(), caller, []directory.NewUser{
		{PracticeID: "prc_x", Username: username, Name: username, Roles: roles, PasswordHash: idp.NewSecret(bcrypt)},
	}, time.Now())
	must(d.t, err)
}

func TestADryRunLeavesNoTrace(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		plan, err := d.plan(house)
		must(t, err)
		must(t, plan.Print(&bytes.Buffer{}))
		for _, practice := range []idp.PracticeID{"prc_x", "prc_y", ""} {
			if got := d.events(practice); len(got) != 0 {
				t.Errorf("events %v", got)
			}
		}
		if len(d.kept) != 0 {
			t.Error("a secret was kept")
		}
	})
}

func TestPruneDisablesOnlyWhatFilesKeep(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.apply(house, `
practices: [{id: prc_aps, name: APS, kind: aps, region: AU, time_zone: Australia/Sydney}]
people: [{username: r@aps.example, name: R, practice: prc_aps, roles: [aps_staff]}, {username: n@aps.example, name: N, practice: prc_aps}]
`)
		d.prune = true
		for name, c := range map[string]struct {
			text string
			want []string
		}{
			"nobody is named": {`practices: [{id: prc_x}]`, nil},
			"APS itself":      {"practices: [{id: prc_aps}]\npeople: [{username: n@aps.example}]", nil},
			"another practice": {
				"practices: [{id: prc_y}]\npeople: [{username: a@x.example}]", nil,
			},
			"people":       {"practices: [{id: prc_x}]\npeople: [{username: a@x.example}]", []string{"- person b@x.example"}},
			"integrations": {"practices: [{id: prc_x}]\nintegrations: [{id: bgl}]", []string{"- integration atomate"}},
		} {
			plan, err := d.plan(c.text)
			must(t, err)
			var printed bytes.Buffer
			must(t, plan.Print(&printed))
			var got []string
			for line := range strings.Lines(printed.String()) {
				if strings.HasPrefix(line, "- ") {
					got = append(got, strings.TrimSpace(line))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v", name, got)
			}
		}
		d.apply("practices: [{id: prc_x}]\nintegrations: [{id: bgl}]\npeople: [{username: a@x.example}]")
		client, err := d.shell.Records().FindClient(t.Context(), "atomate")
		must(t, err)
		if !client.Disabled || d.user("b@x.example").State != idp.UserDisabled || d.user("a@x.example").State != idp.UserActive {
			t.Error("not pruned, or too much")
		}
	})
}

// A change that another caller makes after the difference was shown and before it is applied is not undone.
func TestWhatChangedMeanwhileIsNotOverwritten(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.apply(house)
		plan, err := d.plan(`people: [{username: b@x.example, name: Bea}, {username: new@x.example, name: New, practice: prc_x}]`)
		must(t, err)
		d.apply(`people: [{username: b@x.example, name: Beatrix}, {username: new@x.example, name: Other, practice: prc_y}]`)
		_, err = plan.Carry(t.Context(), time.Now)
		if err == nil || !strings.Contains(err.Error(), "person new@x.example: username: ") {
			t.Errorf("a user name that was taken meanwhile: %v", err)
		}
		plan, err = d.plan(`people: [{username: b@x.example, name: Bea}]`)
		must(t, err)
		d.apply(`people: [{username: b@x.example, name: Bob}]`)
		_, err = plan.Carry(t.Context(), time.Now)
		if err == nil || !strings.Contains(err.Error(), "Somebody else has changed this") || d.user("b@x.example").Name != "Bob" {
			t.Errorf("a stale difference: %v", err)
		}
	})
}

// An app that runs in a page has no secret to keep, and its origins can be changed by a file as they can over the API.
func TestAppsInAPage(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		const app = "apps: [{id: rota, name: Rota, kind: browser, redirect_uris: [https://rota.example/], scopes: [openid]}]"
		d.apply(app)
		if len(d.kept) != 0 {
			t.Errorf("kept %v", d.kept)
		}
		printed := d.apply("apps: [{id: rota, allowed_origins: [https://rota.example, https://next.example:8443]}]")
		if !strings.Contains(printed, "+ allowed_origins: https://next.example:8443") {
			t.Errorf("printed %s", printed)
		}
		stored, err := d.shell.Records().FindClient(t.Context(), "rota")
		must(t, err)
		if stored.Kind != idp.ClientBrowser || stored.AuthMethod != idp.AuthNone || len(stored.Secrets) > 0 || len(stored.Origins()) != 2 {
			t.Errorf("stored %+v", stored)
		}
		for field, text := range map[string]string{
			"allowed_origins": "apps: [{id: rota, allowed_origins: [https://rota.example/]}]",
			"kind":            "apps: [{id: rota, kind: web}]",
			"pkce_optional":   "apps: [{id: rota, pkce_optional: true}]",
		} {
			if _, err := d.plan(text); err == nil {
				t.Errorf("%s is no mistake", field)
			}
		}
	})
}
