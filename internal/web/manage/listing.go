package manage

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// maxSearch bounds what is searched for, in characters.
const maxSearch = 100

// listing is the part of the list of people that the visitor looks at. Addresses carry it along, so that a visitor who comes
// back from a person finds the list as it was.
type listing struct {
	search string
	filter directory.UserFilter
	after  string
}

// filters are the ways to narrow the list, in the order in which they are shown.
var filters = []struct {
	filter directory.UserFilter
	label  string
}{
	{directory.FilterAll, "Everybody"},
	{directory.FilterNotEnrolled, "MFA not set up"},
	{directory.FilterLocked, "Locked"},
	{directory.FilterNeverSigned, "Never signed in"},
	{directory.FilterInvited, "Invited"},
	{directory.FilterManagers, "Administrators"},
	{directory.FilterDisabled, "Disabled"},
}

// readListing reads it from an address. Errors: idp.CodeInvalid for a value that no page of this surface links to.
func readListing(r *http.Request) (listing, error) {
	query := r.URL.Query()
	l := listing{search: strings.TrimSpace(query.Get("search")), filter: directory.UserFilter(query.Get("filter")), after: query.Get("after")}
	switch {
	case utf8.RuneCountInString(l.search) > maxSearch:
		return l, idp.Invalid("search", "Search for fewer than %d characters.", maxSearch+1)
	case !utf8.ValidString(l.search+l.after) || strings.ContainsFunc(l.search+l.after, unicode.IsControl):
		return l, idp.Invalid("search", "The search has characters that can’t be typed.")
	case !l.known():
		return l, idp.Invalid("filter", "There is no such filter.")
	}
	return l, nil
}

func (l listing) known() bool {
	for _, f := range filters {
		if f.filter == l.filter {
			return true
		}
	}
	return false
}

// at adds the listing to the address of a page.
func (l listing) at(path string) string { return withQuery(path, l.values()) }

func (l listing) values() url.Values {
	return url.Values{"search": {l.search}, "filter": {string(l.filter)}, "after": {l.after}}
}

// withQuery adds the values that are not empty to the address of a page.
func withQuery(path string, values url.Values) string {
	for name, all := range values {
		if len(all) == 0 || all[0] == "" {
			values.Del(name)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// userPath is the address of a person, or of a page about them.
func userPath(id idp.UserID, more ...string) string {
	return strings.Join(append([]string{home, "users", url.PathEscape(string(id))}, more...), "/")
}
