package steps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// constants returns the values of the constants of a type of package signin, from its source: a new one can't be missed.
func constants(t *testing.T, of string) []string {
	t.Helper()
	var values []string
	for _, name := range []string{"api.go", "transaction.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../../signin/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != of {
				return true
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
			return true
		})
	}
	if len(values) < 4 {
		t.Fatalf("only %d constants of type %s found", len(values), of)
	}
	return values
}

func TestEveryProblemHasWords(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, code := range constants(t, "ProblemCode") {
		words := problemWords(signin.Problem{Code: signin.ProblemCode(code), Why: policy.PasswordDigits}, signin.View{ResendAt: now.Add(time.Minute)}, now)
		checkWords(t, code, words)
	}
	for _, field := range []string{"username", "password", "code", "phone", "country", "kind", "pin", "pin_confirm", "new_password", ""} {
		checkWords(t, "missing "+field, problemWords(signin.Problem{Field: field, Code: signin.ProblemMissing}, signin.View{}, now))
		checkWords(t, "again "+field, problemWords(signin.Problem{Field: field, Code: signin.ProblemSentTwice}, signin.View{}, now))
	}
}

func TestEveryNoteHasWords(t *testing.T) {
	for _, code := range constants(t, "Note") {
		got := noteWords(signin.View{Note: signin.Note(code)}, time.Time{})
		if code == "" {
			if got != nil {
				t.Error("words for no note")
			}
			continue
		}
		if got == nil {
			t.Errorf("note %q has no words", code)
			continue
		}
		checkWords(t, code, got.Text)
	}
}

func TestEveryEndingHasWordsOfItsOwn(t *testing.T) {
	unknown := endingWords(signin.View{Ending: "?"}, "APS Support").Title
	for _, code := range constants(t, "Ending") {
		got := endingWords(signin.View{Ending: signin.Ending(code), App: "Cloud Timesheets"}, "APS Support")
		if got.Title == unknown {
			t.Errorf("ending %q has no words", code)
		}
		if !got.Contact || len(got.Steps) == 0 {
			t.Errorf("ending %q is a dead end", code)
		}
		for _, line := range append(got.Text, got.Steps...) {
			checkWords(t, code, line)
		}
	}
}

// A customer at the support desk is not sent to a System Administrator, who can't help there either.
func TestNoAccessSaysWhoMayEnter(t *testing.T) {
	for access, want := range map[idp.ClientAccess]struct{ says, never string }{
		idp.AccessPractice: {"you don’t have access to the app at Harbour & Finch", "work at APS"},
		idp.AccessManagers: {"You need access to the app", "work at APS"},
		idp.AccessStaff:    {"only for people who work at APS", "System Administrator"},
	} {
		got := endingWords(signin.View{Ending: signin.EndingNoAccess, App: "the app", Practice: "Harbour & Finch", Access: access}, "APS Support")
		all := strings.Join(append(append([]string{got.Title}, got.Text...), got.Steps...), "\n")
		if !strings.Contains(all, want.says) || strings.Contains(all, want.never) || !got.Contact {
			t.Errorf("%q: %s", access, all)
		}
		for _, line := range append(got.Text, got.Steps...) {
			checkWords(t, string(access), line)
		}
	}
}

func TestEveryStepHasAPage(t *testing.T) {
	for _, step := range constants(t, "State") {
		if own := signin.State(step) != signin.StateDone; own != (fields(signin.State(step)) != nil) {
			t.Errorf("step %q: a page that should not be, or none", step)
		}
	}
}

// checkWords: a sentence, in words that users know.
func checkWords(t *testing.T, of, words string) {
	t.Helper()
	if !strings.HasSuffix(words, ".") {
		t.Errorf("%q is worded %q", of, words)
	}
	for _, jargon := range []string{"OTP", "2FA", "token", "invalid", "Invalid", "session"} {
		if strings.Contains(words, jargon) {
			t.Errorf("%q says %q: %q", of, jargon, words)
		}
	}
}

func TestWaitIsSecondsThenClock(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]string{
		-time.Second: "now", 0: "now", 400 * time.Millisecond: "in 1 second", 25 * time.Second: "in 25 seconds", 10 * time.Minute: "at 12:10 pm AEDT",
	} {
		if got := wait(signin.View{ResendAt: now.Add(after), TimeZone: "Australia/Sydney"}, now); got != want {
			t.Errorf("%s: %q, want %q", after, got, want)
		}
	}
}
