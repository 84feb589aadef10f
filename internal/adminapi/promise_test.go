package adminapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// probe is a value of one property, and whether the document takes it.
type probe struct {
	about string
	value any
	taken bool
}

// probes lists values that tell what the document says of a property from what it does not.
func (s schema) probes() []probe {
	kinds := s.kinds()
	list := []probe{{"null", nil, slices.Contains(kinds, "null")}, {"an object", map[string]any{"x": 1}, false}}
	switch {
	case slices.Contains(kinds, "string"):
		list = append(list, s.texts()...)
	case slices.Contains(kinds, "integer"):
		list = append(list, probe{"a text", "7", false}, probe{"a fraction", 1.5, false}, probe{"an empty text", "", false})
		if s.Minimum != nil {
			list = append(list, probe{"too little", *s.Minimum - 1, false}, probe{"the least", *s.Minimum, true})
		}
		if s.Maximum != nil {
			list = append(list, probe{"too much", *s.Maximum + 1, false})
		}
	case slices.Contains(kinds, "boolean"):
		list = append(list, probe{"a text", "true", false}, probe{"a number", 1, false}, probe{"false", false, true})
	case slices.Contains(kinds, "array"):
		list = append(list, probe{"a text", "x", false}, probe{"an empty list", []any{}, true}, probe{"a list of null", []any{nil}, false},
			probe{"a list of numbers", []any{1}, false})
		for _, p := range s.Items.texts() {
			list = append(list, probe{"a list with " + p.about, []any{p.value}, p.taken})
		}
		if s.MaxItems > 0 {
			list = append(list, probe{"too many", slices.Repeat([]any{"x"}, s.MaxItems+1), false})
		}
	}
	return list
}

func (s schema) texts() []probe {
	list := []probe{{"a number", 7, false}, {"true", true, false}, {"a list", []any{"x"}, false}}
	fits := func(text string) bool {
		fits, err := regexp.MatchString(s.Pattern, text)
		return err == nil && fits && s.Ref == "" && s.Format == "" && len(s.Enum) == 0
	}
	list = append(list, probe{"an empty text", "", s.MinLength == 0 && fits("")})
	if s.MaxLength > 0 {
		list = append(list, probe{"a text too long", strings.Repeat("x", s.MaxLength+1), false})
		if longest := strings.Repeat("x", s.MaxLength); fits(longest) {
			list = append(list, probe{"the longest text", longest, true})
		}
	}
	if other := "no such text"; !fits(other) {
		list = append(list, probe{"another text", other, false})
	}
	return list
}

func (s schema) kinds() []string {
	var one string
	if json.Unmarshal(s.Type, &one) == nil {
		return []string{one}
	}
	var several []string
	_ = json.Unmarshal(s.Type, &several)
	return several
}

// base is a request that is carried out, to whose body one property is added.
type base struct {
	names map[string]string // of the path
	body  map[string]any
}

// bases lists them: what an app may have and what an integration may have differs, and no schema says so.
func (w *world) bases(r route, unique int) []base {
	w.t.Helper()
	names := anything()
	names["user"] = w.id("mia")
	sample := map[string]any{}
	must(w.t, json.Unmarshal([]byte(strings.NewReplacer("usr_mia", w.id("mia"), "prc_harbour", string(harbour)).Replace(r.example(w.t))), &sample))
	integration := base{names, sample}
	switch r.ID {
	case "register-client":
		id := "client-" + strconv.Itoa(unique)
		sample["id"] = id + "-m"
		app := map[string]any{"id": id, "name": "An app", "kind": "web", "scopes": []string{"openid"}, "redirect_uris": []string{"https://app.example/cb"}}
		return []base{{names, app}, integration}
	case "edit-client":
		other := maps.Clone(names)
		other["client"] = "contacts"
		return []base{{other, map[string]any{"scopes": []string{"openid"}}}, integration}
	default:
		return []base{integration}
	}
}

// refuses reports whether an operation is refused for the value of this property, at its place.
func (w *world) refuses(r route, token string, b base, property string, value any) (bool, answer) {
	w.t.Helper()
	members := maps.Clone(b.body)
	members[property] = value
	text, err := json.Marshal(members)
	must(w.t, err)
	path, version := r.at(w.t, b.names), ""
	if r.method == http.MethodPatch {
		version = w.ask(http.MethodGet, path, token, "").header.Get("ETag")
	}
	got := w.ask(r.method, path, token, string(text), "If-Match", version)
	return got.status == http.StatusUnprocessableEntity && slices.ContainsFunc(got.problem(w.t).Errors, func(e fieldProblem) bool {
		return e.Pointer == "/"+property || strings.HasPrefix(e.Pointer, "/"+property+"/")
	}), got
}

// beyond says why a value that a property's schema takes is refused nevertheless: no schema can say it.
func beyond(property string) string {
	return map[string]string{
		"apps": "must be there", "blocked_apps": "must be there", "time_zone": "must be there",
		"identifier": "must be a URI, of an API", "logo": "must be a picture",
	}[property]
}

// Every value of every property of a body is taken, or refused at its place, as the document says.
func TestBodiesAreTakenAsTheDocumentSays(t *testing.T) { // ABUSE 34
	w := newWorld(t, embedded)
	schemas := schemasOf(t, w)
	admin, riley, olivia := w.machineToken("aps-admin"), w.signIn("riley").access, w.signIn("olivia").access
	tried := 0
	for _, r := range routesOf(t, w) {
		if r.RequestBody == nil {
			continue
		}
		token := admin
		switch {
		case strings.HasPrefix(r.path, "/cases"):
			token = riley
		case r.ID == "request-activation":
			token = olivia
		}
		for property, s := range bodyOf(t, r, schemas).Properties {
			for _, p := range s.probes() {
				tried++
				refused, got := false, answer{}
				for _, b := range w.bases(r, tried) {
					if refused, got = w.refuses(r, token, b, property, p.value); !refused {
						break
					}
				}
				if refused == p.taken && (!refused || beyond(property) == "") {
					t.Errorf("%s: %s as %s is in the document: %v. The answer: %d %.300s", r.ID, p.about, property, p.taken, got.status, got.body)
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d were tried", tried)
	}
}

// A member that is missing is named, and so is everything else that is wrong, in one answer.
func TestWhatIsMissingIsNamed(t *testing.T) {
	w := newWorld(t, embedded)
	schemas := schemasOf(t, w)
	admin, riley := w.machineToken("aps-admin"), w.signIn("riley").access
	for _, r := range routesOf(t, w) {
		if r.RequestBody == nil {
			continue
		}
		token := admin
		if strings.HasPrefix(r.path, "/cases") || r.ID == "request-activation" {
			token = riley
		}
		want := []string{"/nothing_of_ours"}
		for _, name := range bodyOf(t, r, schemas).Required {
			want = append(want, "/"+name)
		}
		got := w.ask(r.method, r.at(t, anything()), token, `{"nothing_of_ours": null}`, "If-Match", `"1"`)
		var pointers []string
		for _, e := range got.problem(t).Errors {
			pointers = append(pointers, e.Pointer)
		}
		slices.Sort(want)
		slices.Sort(pointers)
		if got.status != http.StatusUnprocessableEntity || !slices.Equal(want, pointers) {
			t.Errorf("%s: %d %q, want %q: %s", r.ID, got.status, pointers, want, got.body)
		}
	}
}

func bodyOf(t *testing.T, r route, schemas map[string]schema) schema {
	t.Helper()
	name, _ := strings.CutPrefix(r.RequestBody.Content["application/json"].Schema.Ref, "#/components/schemas/")
	body, found := schemas[name]
	if !found || len(body.Properties) == 0 || string(body.Additional) != "false" {
		t.Fatalf("%s: the document does not say what its body holds: %q", r.ID, name)
	}
	return body
}

// What a body or a query names, and is not there or not the caller's to see, is answered with 404, and the document says so (ask holds
// every answer of these tests to it).
func TestWhatIsNotThereIsDocumented(t *testing.T) {
	w := newWorld(t, embedded)
	admin, riley, bgl := w.machineToken("aps-admin"), w.signIn("riley").access, w.machineToken("bgl")
	for _, c := range []struct{ token, method, path, body string }{
		{admin, "POST", "/clients", `{"id":"ledger","name":"L","kind":"machine","practice_id":"prc_none","owner":"O","purpose":"P","review_at":"2030-07-01T00:00:00Z","scopes":["funds.read"]}`},
		{riley, "POST", "/cases", `{"practice_id":"prc_none","user_id":"` + w.id("mia") + `","action":"reset_mfa","reason":"R"}`},
		{riley, "POST", "/cases", `{"practice_id":"` + string(harbour) + `","user_id":"usr_none","action":"reset_mfa","reason":"R"}`},
		{bgl, "GET", "/clients?practice=" + string(harbour), ""},
	} {
		if got := w.ask(c.method, c.path, c.token, c.body); got.status != http.StatusNotFound {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.body)
		}
	}
	for _, path := range []string{"/clients?practice=prc_none", "/cases?practice=prc_none", "/cases?user=usr_none", "/cases?opened_by=usr_none", "/practices", "/activations"} {
		for _, token := range []string{admin, riley, bgl} {
			w.ask("GET", path, token, "")
		}
	}
}
