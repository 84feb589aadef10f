package adminapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// Members that no body has change nothing, in any operation that takes a body or none: 422, and where they stand.
func TestExtraMembersChangeNothing(t *testing.T) { // ABUSE 34
	w := newWorld(t, embedded)
	names := anything()
	names["user"] = w.id("mia")
	before := w.account(w.people["mia"].User.ID)
	admin, riley := w.machineToken("aps-admin"), w.signIn("riley").access
	for _, r := range routesOf(t, w) {
		if !r.changes() {
			continue
		}
		token := admin
		if strings.HasPrefix(r.path, "/cases") {
			token = riley
		}
		for _, extra := range []string{"role", "practice_id", "mfa", "sub", "locked_until", "version", "password_hash", "is_admin"} {
			members := map[string]any{}
			if r.RequestBody != nil {
				must(t, json.Unmarshal([]byte(r.example(t)), &members))
			}
			if _, known := members[extra]; known { // a case and an integration do have a practice
				continue
			}
			members[extra] = "x"
			body, err := json.Marshal(members)
			must(t, err)
			got := w.ask(r.method, r.at(t, names), token, string(body), "If-Match", `"1"`)
			p := got.problem(t)
			if got.status != http.StatusUnprocessableEntity || r.RequestBody != nil && (len(p.Errors) != 1 || p.Errors[0].Pointer != "/"+extra) {
				t.Errorf("%s with %s: %d %s", r.ID, extra, got.status, got.body)
			}
		}
	}
	if after := w.account(w.people["mia"].User.ID); !reflect.DeepEqual(before, after) {
		t.Errorf("changed: %+v", after)
	}
}

func TestBodiesAreReadStrictly(t *testing.T) { // ABUSE 34, 38, 41
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	path := "/practices/" + string(harbour) + "/users"
	body := func(name string) string { return `{"username":"noor@harbour.example","name":` + name + `}` }
	for about, c := range map[string]struct {
		body, media, kind, pointer string
		status                     int
	}{
		"1 MB":                  {`{"name":"` + strings.Repeat("x", 1<<20) + `"}`, "", "too_large", "", http.StatusRequestEntityTooLarge},
		"64 KiB and one":        {body(`"` + strings.Repeat("x", 64<<10) + `"`), "", "too_large", "", http.StatusRequestEntityTooLarge},
		"a name of 10,000":      {body(`"` + strings.Repeat("x", 10_000) + `"`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"a form":                {"username=noor", "application/x-www-form-urlencoded", "media_type", "", http.StatusUnsupportedMediaType},
		"no JSON":               {`{"username":`, "", "malformed", "", http.StatusBadRequest},
		"two values":            {body(`"N"`) + body(`"N"`), "", "malformed", "", http.StatusBadRequest},
		"bytes":                 {body("\"\xff\xfe\""), "", "malformed", "", http.StatusBadRequest},
		"a list":                {`["name"]`, "", "invalid", "", http.StatusUnprocessableEntity},
		"null":                  {`null`, "", "invalid", "", http.StatusUnprocessableEntity},
		"nothing":               {``, "", "invalid", "", http.StatusUnprocessableEntity},
		"a member twice":        {`{"username":"a@b.example","name":"A","name":"B"}`, "", "invalid", "/name", http.StatusUnprocessableEntity},
		"a member in capitals":  {`{"username":"a@b.example","name":"A","ROLES":["aps_staff"]}`, "", "invalid", "/ROLES", http.StatusUnprocessableEntity},
		"another spelling":      {`{"username":"a@b.example","name":"A","Name":"B"}`, "", "invalid", "/Name", http.StatusUnprocessableEntity},
		"CR LF":                 {body(`"Noor\r\nBcc: x"`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"a line feed in a name": {body(`"Noor\nHaddad"`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"ANSI":                  {body(`"\u001b[31mNoor"`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"NUL":                   {body(`"No\u0000or"`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"U+2028":                {body(`"No\u2028or"`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"a number":              {body(`7`), "", "invalid", "/name", http.StatusUnprocessableEntity},
		"deep":                  {body(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), "", "malformed", "", http.StatusBadRequest},
		"a missing member":      {`{"name":"N"}`, "", "invalid", "/username", http.StatusUnprocessableEntity},
		"no address":            {`{"username":"noor","name":"N"}`, "", "invalid", "/username", http.StatusUnprocessableEntity},
		"a role of APS":         {`{"username":"noor@h.example","name":"N","roles":["aps_staff"]}`, "", "forbidden", "", http.StatusForbidden},
		"an unknown role":       {`{"username":"noor@h.example","name":"N","roles":["root"]}`, "", "invalid", "/roles/0", http.StatusUnprocessableEntity},
	} {
		media := c.media
		if media == "" {
			media = "application/json"
		}
		got := w.ask("POST", path, admin, c.body, "Content-Type", media)
		p := got.problem(t)
		if got.status != c.status || got.kind(t) != c.kind {
			t.Errorf("%s: %d %.300s", about, got.status, got.body)
			continue
		}
		if c.pointer != "" && (len(p.Errors) == 0 || p.Errors[0].Pointer != c.pointer) {
			t.Errorf("%s: no pointer to %s: %s", about, c.pointer, got.body)
		}
		if len(got.body) > 4096 || strings.Contains(got.body, "\x1b") || strings.Contains(got.body, "Bcc") {
			t.Errorf("%s is sent back: %.300s", about, got.body)
		}
	}
	found, _, err := w.node.Directory().People.ListUsers(t.Context(), w.system, harbour, everybody(), first(), w.now())
	must(t, err)
	if len(found) != 4 {
		t.Errorf("%d people, want the four there were", len(found))
	}
}

func TestParametersAreReadStrictly(t *testing.T) { // ABUSE 32, 38
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	people := "/practices/" + string(harbour) + "/users"
	for path, parameter := range map[string]string{
		people + "?limit=0":                                        "limit",
		people + "?limit=201":                                      "limit",
		people + "?limit=many":                                     "limit",
		people + "?filter=all":                                     "filter",
		people + "?order=name":                                     "order",
		people + "?sort=shoes":                                     "sort",
		people + "?search=a&search=b":                              "search",
		people + "?search=" + url.QueryEscape("a\r\nb"):            "search",
		people + "?practice=" + string(kauri):                      "practice",
		"/practices?state=gone":                                    "state",
		"/users/" + strings.Repeat("x", 101):                       "user",
		"/practices/" + string(harbour) + "/events?from=yesterday": "from",
	} {
		got := w.ask("GET", path, admin, "")
		p := got.problem(t)
		if got.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Parameter != parameter {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/users/..%2f..%2fhealthz", "/users/%0d%0aSet-Cookie", "/users/usr_%1b[31m", "/users/'%20or%201=1--"} {
		if got := w.ask("GET", path, admin, ""); got.status < 400 || got.status > 499 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// What leads nowhere is a problem too; a method that is not taken is told apart.
func TestWhatLeadsNowhere(t *testing.T) {
	w := newWorld(t, embedded)
	for _, c := range []struct {
		method, path, allow string
		status              int
	}{
		{"GET", "/nothing", "", http.StatusNotFound},
		{"GET", "/", "", http.StatusNotFound},
		{"GET", "/docs", "", http.StatusNotFound},
		{"GET", "/openapi.yaml", "", http.StatusNotFound},
		{"GET", "/schemas/User", "", http.StatusNotFound},
		{"PUT", "/users/usr_a", "GET, PATCH", http.StatusMethodNotAllowed},
		{"OPTIONS", "/users/usr_a", "GET, PATCH", http.StatusMethodNotAllowed},
		{"DELETE", "/users/usr_a/reset-mfa", "POST", http.StatusMethodNotAllowed},
	} {
		got := w.ask(c.method, c.path, "", "")
		got.problem(t)
		if got.status != c.status || got.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q", c.method, c.path, got.status, got.header.Get("Allow"))
		}
	}
}

// A pointer leads to the field at fault, whether the document's schema or the directory's rules found the fault.
func TestPointersLeadToTheFault(t *testing.T) { // ABUSE 5
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	for uri, pointer := range map[string]string{"http://evil.example/cb": "/redirect_uris/1", ":": "/redirect_uris/1", "https://t.example/%2e%2e/cb": "/redirect_uris/1"} {
		body, err := json.Marshal(map[string]any{"id": "ledger", "name": "L", "kind": "web", "scopes": []string{"openid"}, "redirect_uris": []string{"https://t.example/cb", uri}})
		must(t, err)
		got := w.ask("POST", "/clients", admin, string(body))
		if p := got.problem(t); got.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %d %s", uri, got.status, got.body)
		}
	}
}

// Nothing of a person's secrets is in any answer about them.
func TestNoSecretsInAnswers(t *testing.T) {
	w := newWorld(t, embedded)
	admin := w.machineToken("aps-admin")
	account := w.account(w.people["mia"].User.ID)
	secrets := []string{account.User.PasswordHash.Reveal(), account.PIN.Hash.Reveal(), account.Authenticators[0].TOTPKey.Reveal(), w.client("fusesign").Secrets[0].Hash}
	secrets = append(secrets, w.secret["fusesign"].Reveal(), idp.HashToken(w.secret["fusesign"].Reveal()), "[redacted]")
	for _, path := range []string{"/users/" + w.id("mia"), "/practices/" + string(harbour) + "/users", "/clients/fusesign", "/clients", "/practices/" + string(harbour) + "/events"} {
		got := w.ask("GET", path, admin, "")
		for _, secret := range secrets {
			if got.status != http.StatusOK || secret != "" && strings.Contains(got.body, secret) {
				t.Errorf("%s: %d, with %q: %s", path, got.status, secret, got.body)
			}
		}
	}
}
