package config

import (
	"strings"
	"testing"
)

func TestTheNameOfTheBrandIsAFewWords(t *testing.T) {
	for _, good := range []string{"", "APS ID", "Ngā Kaute", strings.Repeat("é", 40)} {
		if err := (Brand{Name: good}).check(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{strings.Repeat("x", 41), "a\nb", "a\u202eb", "\x00"} {
		if err := (Brand{Name: bad}).check(); err == nil || !strings.Contains(err.Error(), "--brand-name") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A name of nothing but spaces would leave pages and messages without any.
func TestABrandAlwaysHasAName(t *testing.T) {
	for given, want := range map[string]string{"": "APS ID", "  ": "APS ID", " Ledger ": "Ledger", "Ngā Kaute": "Ngā Kaute"} {
		if got := (Node{given: Server{Brand: Brand{Name: given}}}).Brand().Name; got != want {
			t.Errorf("%q: %q", given, got)
		}
	}
}
