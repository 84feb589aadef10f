package adminapi_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// goldenFile is the document as others read it, with an issuer that stands for any.
const goldenFile = "../../deploy/docs/openapi.json"

// document is what the tests read of the OpenAPI document.
type document struct {
	Paths map[string]map[string]described `json:"paths"`
}

type described struct {
	ID          string                `json:"operationId"`
	Security    []map[string][]string `json:"security"`
	RequestBody *struct {
		Content map[string]struct {
			Example json.RawMessage `json:"example"`
			Schema  schema          `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]json.RawMessage `json:"responses"`
}

// route is one operation.
type route struct {
	described
	method, path string
}

// names lists what the path names.
func (r route) names() []string {
	var found []string
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			found = append(found, strings.TrimSuffix(name, "}"))
		}
	}
	return found
}

// at is the path with values for its names.
func (r route) at(t *testing.T, values map[string]string) string {
	t.Helper()
	path := r.path
	for _, name := range r.names() {
		value, found := values[name]
		if !found {
			t.Fatalf("%s: the test knows no %s: say what one is of this practice, and of another", r.ID, name)
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
	}
	return path
}

// matches reports whether the path is one of this operation.
func (r route) matches(path string) bool {
	own, given := strings.Split(r.path, "/"), strings.Split(path, "/")
	return len(own) == len(given) && !slices.ContainsFunc(own, func(part string) bool {
		i := slices.Index(own, part)
		return part != given[i] && !strings.HasPrefix(part, "{")
	})
}

func (r route) changes() bool { return r.method != "GET" }

// example is the body in the document; "" if none is taken.
func (r route) example(t *testing.T) string {
	t.Helper()
	if r.RequestBody == nil {
		return ""
	}
	text := r.RequestBody.Content["application/json"].Example
	if len(text) == 0 {
		t.Fatalf("%s takes a body, and the document shows none", r.ID)
	}
	return string(text)
}

func routesOf(t *testing.T, w *world) []route {
	t.Helper()
	answer := w.ask("GET", "/openapi.json", "", "")
	var d document
	must(t, json.Unmarshal([]byte(answer.body), &d))
	var routes []route
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			routes = append(routes, route{described: d.Paths[path][method], method: strings.ToUpper(method), path: path})
		}
	}
	if len(routes) < 40 {
		t.Fatalf("only %d operations", len(routes))
	}
	return routes
}

var update = flag.Bool("update", false, "write deploy/docs/openapi.json")

// The committed document is that of the code; "go test ./internal/adminapi -run Document -update" writes it.
func TestDocumentIsThatOfTheCode(t *testing.T) {
	w := newWorld(t, embedded)
	served := strings.ReplaceAll(w.ask("GET", "/openapi.json", "", "").body, w.issuer, "https://id.example")
	var tree any
	must(t, json.Unmarshal([]byte(served), &tree))
	text, err := json.MarshalIndent(tree, "", "  ")
	must(t, err)
	text = append(text, '\n')
	if *update {
		must(t, os.WriteFile(goldenFile, text, 0o644))
	}
	golden, err := os.ReadFile(goldenFile)
	must(t, err)
	if string(golden) != string(text) {
		t.Errorf("%s is not what the code says: go test ./internal/adminapi -run Document -update", goldenFile)
	}
}

// reserved are names that a generated client has already: of what it is made of (oapi-codegen's client, openapi-generator's), and of
// what Go, TypeScript and the browser bring along. Generators make types of ours beside them.
func reserved() []string {
	return []string{
		"Client", "ClientInterface", "ClientOption", "ClientWithResponses", "ClientWithResponsesInterface", "HttpRequestDoer", "RequestEditorFn",
		"Configuration", "ApiException", "ApiClient", "ApiResponse", "BaseAPI", "ServerInterface",
		"Error", "Any", "String", "Bool", "Byte", "Rune", "Int", "Float", "Map", "Context", "Time",
		"Array", "Blob", "Boolean", "Date", "Document", "Event", "Exclude", "Extract", "File", "Function", "Headers", "JSON", "Lock", "Location",
		"Notification", "Number", "Object", "Omit", "Partial", "Pick", "Promise", "Range", "Readonly", "Record", "Request", "Required", "Response",
		"Selection", "Set", "Storage", "Symbol", "Text",
	}
}

// No name of the document is one that a generated client has already, or differs from another in case only: a client with two types of
// one name does not compile.
func TestNamesAreFreeInGeneratedClients(t *testing.T) {
	w := newWorld(t, embedded)
	var d struct {
		Components map[string]map[string]any `json:"components"`
	}
	must(t, json.Unmarshal([]byte(w.ask("GET", "/openapi.json", "", "").body), &d))
	taken := map[string]string{}
	for _, name := range reserved() {
		taken[strings.ToLower(name)] = "a client’s own"
	}
	for _, r := range routesOf(t, w) {
		for _, suffix := range []string{"", "Response", "ResponseObject", "Request", "RequestObject", "Params", "JSONBody", "JSONRequestBody"} {
			name := strings.ToLower(strings.ReplaceAll(r.ID, "-", "") + suffix)
			if other, found := taken[name]; found {
				t.Errorf("%s is %s, and %s of %s", name, other, suffix, r.ID)
			}
			taken[name] = suffix + " of " + r.ID
		}
	}
	for _, kind := range []string{"schemas", "responses", "parameters", "headers", "requestBodies"} {
		for name := range d.Components[kind] {
			if other, found := taken[strings.ToLower(name)]; found {
				t.Errorf("%s of %s is %s too", name, kind, other)
			}
			taken[strings.ToLower(name)] = "one of " + kind
		}
	}
	if len(d.Components["schemas"]) < 40 {
		t.Errorf("only %d schemas", len(d.Components["schemas"]))
	}
}
