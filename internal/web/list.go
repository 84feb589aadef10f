package web

import (
	"net/url"
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

// WithQuery adds the values that are not empty to the address of a page, before its fragment.
func WithQuery(path string, query url.Values) string {
	for name, all := range query {
		if len(all) == 0 || all[0] == "" {
			query.Del(name)
		}
	}
	if len(query) == 0 {
		return path
	}
	page, fragment, in := strings.Cut(path, "#")
	if in {
		fragment = "#" + fragment
	}
	return page + "?" + query.Encode() + fragment
}
