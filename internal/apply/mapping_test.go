package apply

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// reached returns the fields of a T that something in a file says, one field of the file after the other. A field of the file that
// says nothing fails the test, unless it is among those that are read elsewhere.
func reached[Spec, T any](t *testing.T, wanted func(Spec) T, elsewhere ...string) (fields []string) {
	t.Helper()
	var said Spec
	nothing := wanted(said)
	for _, name := range testenv.Fields[Spec]() {
		got := wanted(testenv.FilledOne[Spec](t, name, "8h"))
		var changed []string
		for _, field := range testenv.Fields[T]() {
			if !reflect.DeepEqual(testenv.Field(got, field).Interface(), testenv.Field(nothing, field).Interface()) {
				changed = append(changed, field)
			}
		}
		if (len(changed) == 0) != slices.Contains(elsewhere, name) {
			t.Errorf("%s in a file says %v", name, changed)
		}
		fields = append(fields, changed...)
	}
	return fields
}

// unreached lists the fields of a T that nothing in a file says.
func unreached[T any](fields []string) []string {
	return slices.DeleteFunc(testenv.Fields[T](), func(name string) bool { return slices.Contains(fields, name) })
}

func TestFilesSayEverythingThatIsRegistered(t *testing.T) {
	clients := reached(t, func(s clientSpec) idp.Registration {
		n, _ := registration(object[clientSpec]{spec: s}, idp.Registration{}) // "8h" is no day, and no file: they come out zero
		return n
	}, "SecretFile", "SecretEnv", "PublicKeysFile", "LogoFile", "ReviewAt", "PhishingFrom", "FAPI2From", "Disabled")
	if got := unreached[idp.Registration](clients); !slices.Equal(got, []string{"FAPI2From", "MFARequiredFrom", "PhishingResistanceFrom", "Logo", "Access", "ReviewAt", "PublicKeys"}) {
		t.Errorf("no file says %v of a registration", got)
	}
	practices := reached(t, func(s practiceSpec) idp.Practice {
		p, _ := wantedPractice(object[practiceSpec]{spec: s}, idp.Practice{})
		return p
	}, "PhishingResistanceFrom", "PhishingResistanceAdministratorsFrom")
	if got := unreached[idp.Practice](practices); !slices.Equal(got, []string{"PhishingResistanceFrom", "PhishingResistanceAdministratorsFrom", "MFA", "MFARequiredFrom", "CreatedAt", "UpdatedAt", "Version"}) {
		t.Errorf("no file says %v of a practice", got)
	}
	people := reached(t, func(s personSpec) idp.User { return wantedPerson(s, idp.User{}) }, "Practice")
	if got := unreached[idp.User](people); !slices.Equal(got, []string{"ID", "PracticeID", "PasswordHash", "PasswordChangedAt", "PasswordResetAt",
		"EmailVerifiedAt", "UsernameChangedAt", "UsernameChangedBy", "CreatedAt", "UpdatedAt", "LastSigninAt", "Version"}) {
		t.Errorf("no file says %v of a person", got)
	}
}

// Keys stand in one place: a file that names another one gives up the first, and a file that names none changes nothing.
func TestAFileMovesTheKeysOfAClient(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "keys.json"), []byte(`{"keys":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	uri, file, none := "https://fusesign.example/keys", filepath.Join(folder, "keys.json"), ""
	for name, row := range map[string]struct {
		spec   clientSpec
		stored idp.Registration
		want   idp.Registration
	}{
		"to an address":   {clientSpec{JWKSURI: &uri}, idp.Registration{PublicKeys: "{}"}, idp.Registration{JWKSURI: uri}},
		"from an address": {clientSpec{PublicKeysFile: &file}, idp.Registration{JWKSURI: uri}, idp.Registration{PublicKeys: `{"keys":[]}`}},
		"both":            {clientSpec{PublicKeysFile: &file, JWKSURI: &uri}, idp.Registration{}, idp.Registration{PublicKeys: `{"keys":[]}`, JWKSURI: uri}},
		"to none":         {clientSpec{JWKSURI: &none}, idp.Registration{JWKSURI: uri, PublicKeys: ""}, idp.Registration{}},
		"nothing":         {clientSpec{}, idp.Registration{PublicKeys: "{}"}, idp.Registration{PublicKeys: "{}"}},
	} {
		got, err := registration(object[clientSpec]{spec: row.spec}, row.stored)
		if err != nil || got.PublicKeys != row.want.PublicKeys || got.JWKSURI != row.want.JWKSURI {
			t.Errorf("%s: %q at %q, %v", name, got.PublicKeys, got.JWKSURI, err)
		}
	}
}
