package directory_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// These tests go over the fields that the types have, so that a new field fails them until it is decided who may change it.

// edits returns an edit for each field that an edit has, by the name of the field.
func edits[E any](t *testing.T) map[string]E {
	t.Helper()
	all := map[string]E{}
	for _, name := range testenv.Fields[E]() {
		if name != "Version" {
			all[name] = testenv.FilledOne[E](t, name)
		}
	}
	return all
}

// comparesEveryField expects one change, and the edit that makes it, for each field; those named in apart are changed by commands
// of their own or not at all, and those named in fixed are compared, and in no edit.
func comparesEveryField[E, T any](t *testing.T, compare func(before, after T) (E, []directory.Change), fixed, apart []string) {
	t.Helper()
	var nothing T
	wanted, seen := edits[E](t), map[string]bool{}
	for _, name := range testenv.Fields[T]() {
		edit, changes := compare(nothing, testenv.FilledOne[T](t, name, idp.NewSecret("something")))
		if slices.Contains(apart, name) {
			if len(changes) > 0 {
				t.Errorf("%s has a command of its own, and is compared: %+v", name, changes)
			}
			continue
		}
		if len(changes) != 1 || seen[changes[0].Field] {
			t.Errorf("%s changed, and the comparison says %+v: name it in the table of fields", name, changes)
			continue
		}
		seen[changes[0].Field] = true
		want, editable := wanted[name]
		if editable == slices.Contains(fixed, name) || editable == changes[0].Fixed || !reflect.DeepEqual(edit, want) {
			t.Errorf("%s changed, and the edit is %+v", name, edit)
		}
		delete(wanted, name)
	}
	for name := range wanted {
		t.Errorf("no comparison ends in an edit of %s", name)
	}
}

func TestEveryFieldCanBeComparedAndEdited(t *testing.T) {
	comparesEveryField(t, directory.CompareClients, []string{"Kind", "PracticeID"},
		[]string{"ID", "Access", "Secrets", "LastUsedAt", "NoPKCEAt", "CreatedAt", "UpdatedAt", "Version"})
	comparesEveryField(t, directory.ComparePractices, []string{"Kind", "State", "Apps"},
		[]string{"ID", "MFA", "MFARequiredFrom", "CreatedAt", "UpdatedAt", "Version"})
	comparesEveryField(t, directory.CompareUsers, []string{"State"},
		[]string{"ID", "PracticeID", "PasswordHash", "PasswordChangedAt", "PasswordResetAt", "EmailVerifiedAt",
			"UsernameChangedAt", "UsernameChangedBy", "CreatedAt", "UpdatedAt", "LastSigninAt", "Version"})
}

// ABUSE 33: of its integrations a practice changes the register, and whether they are disabled.
func TestPracticesEditNothingOfAnIntegrationButItsRegister(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		client := w.integration()
		for name, edit := range edits[directory.ClientEdit](t) {
			current, err := w.store.FindClient(t.Context(), client.ID)
			w.must(err)
			edit.Version = current.Version
			_, err = w.Clients.EditClient(t.Context(), by(olivia), client.ID, edit, w.now)
			if slices.Contains([]string{"Owner", "Purpose", "ReviewAt", "Disabled"}, name) {
				w.must(err)
				w.fresh()
				continue
			}
			w.refusedWith(name, err, idp.CodeForbidden, "Only APS")
			w.left(name, idp.EventClientUpdated, "no_access")
		}
	})
}

func TestOwnAppsAreNotEditedButForTheirTimes(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.must(w.Clients.RegisterOwnApps(t.Context(), issuer(t, "https://id.example"), w.now))
		w.fresh()
		for name, edit := range edits[directory.ClientEdit](t) {
			current, err := w.store.FindClient(t.Context(), idp.AppSupport)
			w.must(err)
			edit.Version = current.Version
			if edit.SessionIdleTimeout != nil {
				*edit.SessionIdleTimeout = 5 * time.Minute
			}
			_, err = w.Clients.EditClient(t.Context(), by(riley), idp.AppSupport, edit, w.now)
			switch name {
			case "Name", "SessionLifetime", "SessionIdleTimeout", "MFARequiredFrom", "PhishingResistanceFrom":
				w.must(err)
				w.fresh()
			case "Owner", "Purpose", "ReviewAt":
				wantField(t, err, "owner")
			default:
				w.refusedWith(name, err, idp.CodeForbidden, "part of APS ID")
				w.left(name, idp.EventClientUpdated, "own_app")
			}
		}
	})
}

func TestPracticesEditTheirNameAndTimeZone(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for name, edit := range edits[directory.PracticeEdit](t) {
			current, err := w.store.FindPractice(t.Context(), practiceX)
			w.must(err)
			edit.Version = current.Version
			if edit.TimeZone != nil {
				*edit.TimeZone = "Australia/Perth"
			}
			for _, day := range []*time.Time{edit.PhishingResistanceFrom, edit.PhishingResistanceAdministratorsFrom} {
				if day != nil {
					*day = w.now.AddDate(0, 1, 0)
				}
			}
			if edit.PasskeyModels != nil {
				*edit.PasskeyModels = []string{"08987058-cadc-4b81-b6e1-30de50dcbe96"}
			}
			_, err = w.Practices.UpdatePractice(t.Context(), by(olivia), practiceX, edit, w.now)
			if slices.Contains([]string{"Name", "TimeZone", "PhishingResistanceFrom", "PhishingResistanceAdministratorsFrom", "PasskeyModels"}, name) {
				w.must(err)
				w.fresh()
				continue
			}
			w.refusedWith(name, err, idp.CodeForbidden, "Only APS")
			w.left(name, idp.EventPracticeUpdated, "no_access")
		}
	})
}

// ABUSE 36: a field that this list does not name is for apps alone.
func TestIntegrationsHaveNothingThatIsForPeople(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		good := registered()
		w.must(w.Clients.CheckClient(good, idp.Client{}, w.now))
		may := []string{"ID", "Name", "Kind", "AuthMethod", "Scopes", "PKCEOptional", "IDTokenAlg", "ReferenceTokens", "PracticeID", "Profile",
			"Owner", "Purpose", "ReviewAt", "PublicKeys", "CertificateBound", "FAPI2From"}
		for _, name := range testenv.Fields[idp.Registration]() {
			if slices.Contains(may, name) {
				continue
			}
			n := good
			testenv.Fill(t, testenv.Field(&n, name))
			if err := w.Clients.CheckClient(n, idp.Client{}, w.now); idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("an integration may have %s: %v", name, err)
			}
		}
	})
}
