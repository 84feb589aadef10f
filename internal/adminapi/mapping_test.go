package adminapi

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// mapped fails the test for fields that a mapping left empty. The source has a value in every field.
func mapped(t *testing.T, what string, shown any, but ...string) {
	t.Helper()
	for _, name := range testenv.EmptyFields(shown) {
		if !slices.Contains(but, name) {
			t.Errorf("%s: %s stays empty", what, name)
		}
	}
}

// hides fails the test unless the fields of a T that the API does not show are these.
func hides[T, Shown any](t *testing.T, want ...string) {
	t.Helper()
	shown := testenv.Fields[Shown]()
	got := slices.DeleteFunc(testenv.Fields[T](), func(name string) bool { return slices.Contains(shown, name) })
	if !slices.Equal(got, want) {
		t.Errorf("the API does not show %v of %s, want %v: what is new is shown, or named here", got, reflect.TypeFor[T]().Name(), want)
	}
}

func TestMappingsForgetNothing(t *testing.T) {
	secret := idp.NewSecret("something")
	mapped(t, "client", clientOf(testenv.Filled[idp.Client](t)))
	mapped(t, "secret", secretOf(testenv.Filled[idp.ClientSecret](t)))
	mapped(t, "practice", practiceOf(testenv.Filled[idp.Practice](t)))
	mapped(t, "user", userOf(testenv.Filled[idp.User](t, secret)), "Invited", "UsernameConfirmed")
	mapped(t, "activation", activationOf(testenv.Filled[idp.Activation](t)))
	mapped(t, "case", caseOf(testenv.Filled[idp.Case](t, secret)))
	mapped(t, "check", caseOf(testenv.Filled[idp.Case](t, secret)).Checks[0])
	mapped(t, "session", sessionOf(testenv.Filled[idp.Session](t)))
	mapped(t, "event", eventOf(testenv.Filled[idp.AuditEvent](t)))
	register := testenv.Filled[registerClientInput](t)
	mapped(t, "registration", register.client(), "Secret", "Access")
	edit := testenv.Filled[editClientInput](t, Moment{at: &time.Time{}})
	mapped(t, "edit of a client", edit.edit(1))
	practice := testenv.Filled[editPracticeInput](t, Moment{at: &time.Time{}})
	mapped(t, "edit of a practice", practice.edit(1))
}

func TestWhatIsNotShownIsNamed(t *testing.T) {
	hides[idp.Client, Client](t)
	hides[idp.ClientSecret, ClientSecret](t, "Hash")
	hides[idp.Practice, Practice](t)
	hides[idp.User, User](t, "PasswordHash", "PasswordChangedAt", "PasswordResetAt", "EmailVerifiedAt", "UsernameChangedAt", "UsernameChangedBy")
	hides[idp.Activation, Activation](t, "Version")
	hides[idp.Case, Case](t, "CodeHash", "CodeMisses", "Version")
	hides[idp.AuditEvent, Event](t, "SID") // session_id
}
