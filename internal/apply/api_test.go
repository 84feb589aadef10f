package apply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const rotaAPI = `
apps: [{id: rota-api, name: Rota, kind: api, identifier: "https://rota.example/api", scopes: [rota.read, rota.write]}]
`

const pairs = `
apps:
  - {id: rota-api, name: Rota, kind: api, identifier: "https://rota.example/api", scopes: [rota.read, rota.write], part_of: rota}
  - {id: books, name: Books, kind: web, redirect_uris: ["https://b.example/cb"], scopes: [openid, rota.read, rota.write], exchanges: ["rota-api=rota.write,rota.read"]}
`

func TestAFileSaysWhoCallsWhomForAPerson(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		printed := d.apply(pairs)
		for _, want := range []string{"+ part_of: rota\n", "+ exchanges: rota-api=rota.read,rota.write\n"} {
			if !strings.Contains(printed, want) {
				t.Errorf("no %q in %s", want, printed)
			}
		}
		if again := d.apply(pairs); strings.Contains(again, "exchanges") || strings.Contains(again, "part_of") {
			t.Errorf("the same file changes something: %s", again)
		}
		if printed := d.apply(strings.ReplaceAll(pairs, "=rota.write,rota.read", "=rota.read")); !strings.Contains(printed, "~ exchanges: rota-api=rota.read,rota.write → rota-api=rota.read\n") {
			t.Errorf("printed %s", printed)
		}
		books, err := d.shell.Records().FindClient(t.Context(), "books")
		must(t, err)
		if len(books.Exchanges) != 1 || books.Exchanges[0].API != "rota-api" || len(books.Exchanges[0].Scopes) != 1 {
			t.Errorf("stored %+v", books.Exchanges)
		}
		for _, wrong := range []string{"=pay.read", "=", "", ":rota.read"} {
			if _, err := d.plan(strings.ReplaceAll(pairs, "=rota.write,rota.read", wrong)); err == nil || !strings.Contains(err.Error(), "books: exchanges: ") {
				t.Errorf("%q: %v", wrong, err)
			}
		}
	})
}

func TestAFileRegistersAnAPI(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		printed := d.apply(rotaAPI)
		if !strings.Contains(printed, "+ identifier: https://rota.example/api\n") {
			t.Errorf("printed %s", printed)
		}
		api, err := d.shell.Records().FindClient(t.Context(), "rota-api")
		must(t, err)
		if api.Kind != idp.ClientAPI || api.AuthMethod != idp.AuthSecret || api.Secrets[0].Hash != idp.HashToken(d.kept["rota-api"]) {
			t.Errorf("stored %+v", api)
		}
		if printed := d.apply(strings.ReplaceAll(rotaAPI, "example/api", "example/v2")); !strings.Contains(printed, "~ identifier: https://rota.example/api → https://rota.example/v2\n") {
			t.Errorf("printed %s", printed)
		}

		// Every mistake at once, at its field.
		_, err = d.plan(`
apps:
  - {id: a1, name: A, kind: api, identifier: "http://rota.example", scopes: [a]}
  - {id: a2, name: A, kind: api, identifier: "https://a.example#x", scopes: [a]}
  - {id: a3, name: A, kind: api, identifier: "https://a.example", scopes: [openid]}
  - {id: a4, name: A, kind: api, identifier: "https://a.example", scopes: [users:read]}
  - {id: a5, name: A, kind: api, identifier: "https://a.example", scopes: [a], redirect_uris: ["https://a.example/cb"]}
  - {id: a6, name: A, kind: api, identifier: "https://a.example", scopes: [a], session_lifetime: 8h}
  - {id: a7, name: A, kind: web, identifier: "https://a.example", scopes: [openid], redirect_uris: ["https://a.example/cb"]}
  - {id: a8, name: A, kind: api, identifier: "https://a.example", scopes: [a], auth_method: none}
`)
		if err == nil {
			t.Fatal("all of it was taken")
		}
		for _, want := range []string{
			"a1: identifier: ", "a2: identifier: ", "a3: scopes: ", "a4: scopes: ", "a5: redirect_uris: ", "a6: session_lifetime: ", "a7: identifier: ", "a8: auth_method: ",
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("no %q in:\n%s", want, err)
			}
		}

		// What belongs to another API is refused when it is carried out, and nothing is done.
		for field, text := range map[string]string{
			"identifier": `apps: [{id: pay, name: Pay, kind: api, identifier: "https://rota.example/v2", scopes: [pay.read]}]`,
			"scopes":     `apps: [{id: pay, name: Pay, kind: api, identifier: "https://pay.example", scopes: [rota.read]}]`,
		} {
			plan, err := d.plan(text)
			must(t, err)
			if _, err := plan.Carry(t.Context(), time.Now); err == nil || !strings.Contains(err.Error(), "pay: "+field+": the API rota-api has") {
				t.Errorf("%v", err)
			}
			if _, err := d.shell.Records().FindClient(t.Context(), "pay"); idp.CodeOf(err) != idp.CodeNotFound {
				t.Errorf("it was registered: %v", err)
			}
		}
	})
}
