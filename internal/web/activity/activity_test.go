package activity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// The trail's words are read from the source: a list beside it could be forgotten.

// constant is a declared constant of a string type.
type constant struct{ name, value string }

// constantsOf reads the constants of product code by their type: "idp.EventType", "policy.Permission". The values of a type that
// has a method Reason are reasons too, and are found under "idp.Reason" as well.
func constantsOf(t *testing.T) map[string][]constant {
	t.Helper()
	found := map[string][]constant{}
	var reasons []string
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "Reason" && d.Recv != nil {
					reasons = append(reasons, file.Name.Name+"."+d.Recv.List[0].Type.(*ast.Ident).Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if kind, c, ok := constantIn(d.Tok, spec); ok {
						found[file.Name.Name+"."+kind] = append(found[file.Name.Name+"."+kind], c)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range reasons {
		if len(found[kind]) == 0 {
			t.Errorf("%s has a method Reason and no constants", kind)
		}
		found["idp.Reason"] = append(found["idp.Reason"], found[kind]...)
	}
	return found
}

func constantIn(kind token.Token, spec ast.Spec) (of string, c constant, ok bool) {
	values, ok := spec.(*ast.ValueSpec)
	if !ok || kind != token.CONST || len(values.Values) != 1 {
		return "", constant{}, false
	}
	typed, ok := values.Type.(*ast.Ident)
	literal, isLiteral := values.Values[0].(*ast.BasicLit)
	if !ok || !isLiteral || literal.Kind != token.STRING {
		return "", constant{}, false
	}
	value, err := strconv.Unquote(literal.Value)
	return typed.Name, constant{values.Names[0].Name, value}, err == nil
}

// eventTypes lists the types of event, and the names of their constants.
func eventTypes(t *testing.T) map[idp.EventType]string {
	t.Helper()
	types := map[idp.EventType]string{}
	for _, c := range constantsOf(t)["idp.EventType"] {
		types[idp.EventType(c.value)] = c.name
	}
	if len(types) < 50 {
		t.Fatalf("found only %d types of event", len(types))
	}
	return types
}

func TestEveryReasonHasWords(t *testing.T) {
	never := []idp.Reason{"", policy.Permitted.Reason(), policy.AccessGranted.Reason()} // nothing is refused with these
	known := map[idp.Reason]bool{}
	for _, c := range constantsOf(t)["idp.Reason"] {
		code := idp.Reason(c.value)
		if slices.Contains(never, code) {
			continue
		}
		known[code] = true
		words := Describe(idp.AuditEvent{Type: idp.EventUserUpdated, Reason: code}).Why
		if reasons[code] == "" || words != reasons[code] {
			t.Errorf("%s (%s) has no words", c.name, code)
		}
		if strings.Contains(words, "_") || strings.HasSuffix(words, ".") || words == "" || unicode.IsUpper([]rune(words)[0]) && !strings.HasPrefix(words, "APS ") && !strings.HasPrefix(words, "MFA ") {
			t.Errorf("%s: %q does not read as the rest of a sentence", c.name, words)
		}
	}
	if len(known) < 100 {
		t.Fatalf("found only %d reasons", len(known))
	}
	for code := range reasons {
		if !known[code] {
			t.Errorf("words for %q, which is no reason", code)
		}
	}
}

func TestEveryEventHasWords(t *testing.T) {
	types := eventTypes(t)
	for value, name := range types {
		known, ok := sentences[value]
		if !ok || known.done == "" && known.failed == "" {
			t.Errorf("%s (%s) has no words", name, value)
		}
		for _, result := range []idp.Result{idp.ResultSuccess, idp.ResultFailure} {
			entry := Describe(idp.AuditEvent{Type: value, Result: result})
			if entry.Title == "" || strings.Contains(entry.Title, "_") || entry.Title == "Refused: " {
				t.Errorf("%s, %s: %q", name, result, entry.Title)
			}
		}
		if !anyType(value) {
			t.Errorf("%s (%s) can't be found by a filter", name, value)
		}
	}
	for value := range sentences {
		if _, ok := types[value]; !ok {
			t.Errorf("words for %s, which is no event", value)
		}
	}
}

// anyType reports whether a filter finds the type. Requests that could not be answered, and what happens to the whole installation,
// belong to no practice, and so to no list that has the filter.
func anyType(value idp.EventType) bool {
	for _, choice := range Types() {
		if strings.HasPrefix(string(value), choice.Value) {
			return true
		}
	}
	ofAll := []idp.EventType{idp.EventRequestRefused, idp.EventKeyRotated, idp.EventKeyRetired, idp.EventSystemRestored} // they belong to no practice
	return slices.Contains(ofAll, value)
}

func TestRefusedCommandsSaySo(t *testing.T) {
	for want, event := range map[string]idp.AuditEvent{
		"Refused: MFA was reset":             {Type: idp.EventMFAReset, Result: idp.ResultFailure},
		"Refused: the person was disabled":   {Type: idp.EventUserDisabled, Result: idp.ResultFailure},
		"Gave a wrong password":              {Type: idp.EventPasswordRejected, Result: idp.ResultFailure},
		"Tried to change the recovery PIN":   {Type: idp.EventPINChanged, Result: idp.ResultFailure},
		"Refused: a secret was added":        {Type: idp.EventClientSecretAdded, Result: idp.ResultFailure},
		"Signed in":                          {Type: idp.EventSigninSucceeded, Result: idp.ResultSuccess},
		"weather.changed":                    {Type: "weather.changed"},
		"Refused: APS support opened a case": {Type: idp.EventCaseOpened, Result: idp.ResultFailure},
	} {
		if got := Describe(event).Title; got != want {
			t.Errorf("%s: %q, want %q", event.Type, got, want)
		}
	}
}

func TestReasonsAndDetailsAreReadable(t *testing.T) {
	entry := Describe(idp.AuditEvent{Type: idp.EventUserUpdated, Reason: "some_new_reason", Details: map[string]string{"user_name": "a → b", "": "x"}})
	if entry.Why != "some new reason" || len(entry.Details) != 2 || entry.Details[1] != (Detail{Label: "User name", Value: "a → b"}) {
		t.Errorf("%+v", entry)
	}
}

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"": "",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36":                            "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":              "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1":    "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0":                                                       "Firefox on Mac",
		"Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0": "An unknown browser",
		"Mozilla/5.0 (X11; Linux x86_64) Other/1": "A browser on Linux",
		"python-requests/2.32 (x)":                "python-requests/2.32",
		strings.Repeat("é", 300):                  strings.Repeat("é", 40) + "…",
	} {
		if got := Device(agent); got != want {
			t.Errorf("%.80q: %q, want %q", agent, got, want)
		}
	}
}
