package web

import (
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// List joins words to a list of a sentence: "Contacts+, Timesheets and Trusts"; "" for none.
func List(words ...string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Count is a number with what it counts: "1 session", "1,204 sessions".
func Count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return idp.Number(n) + " " + many
}
