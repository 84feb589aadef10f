package manage

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// maxSearch bounds what is searched for, in characters.
const maxSearch = 100

// listing is the part of the list of people that the visitor looks at. Addresses carry it along, so that a visitor who comes
// back from a person finds the list as it was.
type listing struct {
	search string
	filter directory.UserFilter
	sort   directory.UserSort
	after  string // the cursor that the page begins after
	before string // the cursor that the page ends before, or theEnd; "": after counts
}

// theEnd stands for a cursor after the last person.
const theEnd = "end"

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
	l := listing{
		search: strings.TrimSpace(query.Get("search")), filter: directory.UserFilter(query.Get("filter")), sort: directory.UserSort(query.Get("sort")),
		after: query.Get("after"), before: query.Get("before"),
	}
	typed := l.search + l.after + l.before
	switch {
	case utf8.RuneCountInString(l.search) > maxSearch:
		return l, idp.Invalid("search", "Search for fewer than %d characters.", maxSearch+1)
	case !utf8.ValidString(typed) || strings.ContainsFunc(typed, unicode.IsControl):
		return l, idp.Invalid("search", "The search has characters that can’t be typed.")
	case !l.known():
		return l, idp.Invalid("filter", "There is no such filter.")
	case l.sort != "" && !slices.ContainsFunc(columns(), func(c column) bool { return c.sort.Forward() == l.sort.Forward() }):
		return l, idp.Invalid("sort", "There is no such order.")
	}
	return l, nil
}

// query is the listing as package directory takes it.
func (l listing) query() directory.UserQuery {
	return directory.UserQuery{Search: l.search, Filter: l.filter, Sort: l.sort}
}

// page is the part of it that the visitor looks at.
func (l listing) page(most int) directory.UserPage {
	p := directory.UserPage{Page: directory.Page{After: l.after, Limit: most}, Back: l.before != ""}
	if p.Back {
		p.After = strings.TrimSuffix(l.before, theEnd)
	}
	return p
}

// from is the listing from another place on.
func (l listing) from(after, before string) listing {
	l.after, l.before = after, before
	return l
}

// pager leads through the pages of the listing at the path.
func (l listing) pager(path string, list directory.UserList) web.Pager {
	p := web.Pager{Shown: len(list.People), Of: web.Place(list.Before, int64(len(list.People)), list.Total)}
	if list.Previous != "" {
		p.First, p.Previous = l.from("", "").at(path), l.from("", list.Previous).at(path)
	}
	if list.Next != "" {
		p.Next, p.Last = l.from(list.Next, "").at(path), l.from("", theEnd).at(path)
	}
	return p
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
	return url.Values{
		"search": {l.search}, "filter": {string(l.filter)}, "sort": {string(l.sort)}, "after": {l.after}, "before": {l.before},
	}
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
