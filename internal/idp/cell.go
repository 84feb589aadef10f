package idp

import (
	"strings"
	"unicode"
)

// CellMark stands at the beginning of a CSV file, so that spreadsheets read it as UTF-8, macrons and all.
const CellMark = "\ufeff"

// Cell is text for a cell of a CSV file, with an apostrophe before what a spreadsheet would take for a formula (OWASP, CSV
// injection): also in the wide forms of East Asian keyboards, and behind spaces, quotes or control characters, which some
// spreadsheets take away.
func Cell(text string) string {
	inner := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'", r)
	})
	formula := inner != "" && strings.ContainsAny(inner[:1], "=+-@|%") || strings.HasPrefix(inner, "＝") || strings.HasPrefix(inner, "＋") ||
		strings.HasPrefix(inner, "－") || strings.HasPrefix(inner, "＠") || strings.HasPrefix(inner, "−")
	if formula || text != "" && strings.ContainsAny(text[:1], "\t\r\n") {
		return "'" + text
	}
	return text
}
