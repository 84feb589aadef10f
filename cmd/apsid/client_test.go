package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/adminclient"
)

func TestAClientThatNeverSignsInWithoutPKCEHasNoLineAboutIt(t *testing.T) {
	of := func(r adminclient.Registration) string {
		t.Helper()
		var out strings.Builder
		if err := show(management{}, &out, r, clientLines); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	const title = "last sign-in without PKCE"
	if got := of(adminclient.Registration{ID: "rota"}); strings.Contains(got, title) {
		t.Error(got)
	}
	when := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	if got := of(adminclient.Registration{ID: "rota", NoPKCEAt: when}); !strings.Contains(got, title+"  "+moment(when)+"\n") {
		t.Error(got)
	}
}

// Keys stand in one place: a command that names another one gives up the first, and one that names none changes nothing.
func TestACommandMovesTheKeysOfAClient(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, []byte(`{"keys":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	uri, none := "https://fusesign.example/keys", ""
	said := func(text *string) string {
		if text == nil {
			return "unsaid"
		}
		return *text
	}
	for name, row := range map[string]struct {
		given     clientSettings
		keys, uri string
	}{
		"to an address":   {clientSettings{JWKSURI: &uri}, "", uri},
		"from an address": {clientSettings{PublicKeysFile: file}, `{"keys":[]}`, ""},
		"both":            {clientSettings{PublicKeysFile: file, JWKSURI: &uri}, `{"keys":[]}`, uri},
		"to none":         {clientSettings{JWKSURI: &none}, "unsaid", ""},
		"nothing":         {clientSettings{}, "unsaid", "unsaid"},
	} {
		edit, err := row.given.edit()
		if err != nil || said(edit.PublicKeys) != row.keys || said(edit.JWKSURI) != row.uri {
			t.Errorf("%s: %q at %q, %v", name, said(edit.PublicKeys), said(edit.JWKSURI), err)
		}
	}
}
