package apsid_test

import (
	"testing"

	"github.com/apscloud/apsid/pkg/apsid"
)

func TestSatisfies(t *testing.T) {
	for _, c := range []struct {
		acr, wanted string
		want        bool
	}{
		{apsid.ACRMFA, apsid.ACRMFA, true},
		{apsid.ACRMFA, apsid.ACRPassword, true},
		{apsid.ACRPassword, apsid.ACRPassword, true},
		{apsid.ACRPassword, apsid.ACRMFA, false},
		{"", "", true},
		{"", apsid.ACRPassword, false},
		{"urn:other", apsid.ACRPassword, false},
		{apsid.ACRMFA, "urn:other", false},
	} {
		if got := apsid.Satisfies(c.acr, c.wanted); got != c.want {
			t.Errorf("Satisfies(%q, %q) = %v, want %v", c.acr, c.wanted, got, c.want)
		}
	}
}
