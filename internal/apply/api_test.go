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
