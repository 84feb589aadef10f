package idp_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 38: an attacker's name opens in a spreadsheet as a formula.
func TestNoCellIsAFormula(t *testing.T) {
	for _, formula := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM", "−1", " =1", "\t=1", "\r=1", "\n=1", "\t", "\u00a0=1", "\u3000=1", "\u200b=1", "\ufeff=1",
		"\"=1", "'=1", "|calc", "%0A", "\x00=1",
	} {
		if got := idp.Cell(formula); got != "'"+formula {
			t.Errorf("%q became %q", formula, got)
		}
	}
	for _, plain := range []string{"", "Ann", "Smith-Jones", "a=b", "{\"a\":\"=1\"}", "Māori", " Ann", "2026-01-02", "“Ann”"} {
		if got := idp.Cell(plain); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
}
