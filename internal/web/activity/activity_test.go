package activity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// eventTypes reads the constants of package idp whose names begin with Event.
func eventTypes(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../idp/audit.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Event") || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		types[value] = spec.Names[0].Name
		return true
	})
	if len(types) < 50 {
		t.Fatalf("found only %d types of event", len(types))
	}
	return types
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

// anyType reports whether a filter finds the type. Requests that could not be answered belong to no practice, and so to no list
// that has the filter.
func anyType(value string) bool {
	for _, choice := range Types() {
		if strings.HasPrefix(value, choice.Value) {
			return true
		}
	}
	return value == idp.EventRequestRefused
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
