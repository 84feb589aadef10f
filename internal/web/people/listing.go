package people

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

// Listing is the part of a list of people that the visitor looks at. Addresses carry it along, so that a visitor who comes
// back from a person finds the list as it was.
type Listing struct {
	Search string
	Filter directory.UserFilter
	Sort   directory.UserSort
	After  string // the cursor that the page begins after
	Before string // the cursor that the page ends before, or theEnd; "": After counts
}

// theEnd stands for a cursor after the last person.
const theEnd = "end"

// Filter is a way to narrow a list of people.
type Filter struct {
	Filter directory.UserFilter
	Label  string
}

// Filters are those that there are, in the order in which they are shown.
func Filters() []Filter {
	return []Filter{
		{directory.FilterAll, "Everybody"},
		{directory.FilterNotEnrolled, "MFA not set up"},
		{directory.FilterNoPasskey, "No passkey"},
		{directory.FilterLocked, "Locked"},
		{directory.FilterNeverSigned, "Never signed in"},
		{directory.FilterInvited, "Invited"},
		{directory.FilterManagers, "Administrators"},
		{directory.FilterDisabled, "Disabled"},
	}
}

// ReadListing reads it from an address. Errors: idp.CodeInvalid for a value that no page links to.
func ReadListing(r *http.Request) (Listing, error) {
	query := r.URL.Query()
	l := Listing{
		Search: strings.TrimSpace(query.Get("search")), Filter: directory.UserFilter(query.Get("filter")), Sort: directory.UserSort(query.Get("sort")),
		After: query.Get("after"), Before: query.Get("before"),
	}
	typed := l.Search + l.After + l.Before
	switch {
	case utf8.RuneCountInString(l.Search) > maxSearch:
		return l, idp.Invalid("search", "Search for fewer than %d characters.", maxSearch+1)
	case !utf8.ValidString(typed) || strings.ContainsFunc(typed, unicode.IsControl):
		return l, idp.Invalid("search", "The search has characters that can’t be typed.")
	case !slices.ContainsFunc(Filters(), func(f Filter) bool { return f.Filter == l.Filter }):
		return l, idp.Invalid("filter", "There is no such filter.")
	case l.Sort != "" && !slices.ContainsFunc(columns(), func(c column) bool { return c.sort.Forward() == l.Sort.Forward() }):
		return l, idp.Invalid("sort", "There is no such order.")
	}
	return l, nil
}

// Query is the listing as package directory takes it.
func (l Listing) Query() directory.UserQuery {
	return directory.UserQuery{Search: l.Search, Filter: l.Filter, Sort: l.Sort}
}

// Page is the part of it that the visitor looks at.
func (l Listing) Page(most int) directory.UserPage {
	p := directory.UserPage{Page: directory.Page{After: l.After, Limit: most}, Back: l.Before != ""}
	if p.Back {
		p.After = strings.TrimSuffix(l.Before, theEnd)
	}
	return p
}

// From is the listing from another place on.
func (l Listing) From(after, before string) Listing {
	l.After, l.Before = after, before
	return l
}

// Pager leads through the pages of the listing at the path.
func (l Listing) Pager(path string, list directory.UserList) web.Pager {
	p := web.Pager{Shown: len(list.People), Of: web.Place(list.Before, int64(len(list.People)), list.Total)}
	if list.Previous != "" {
		p.First, p.Previous = l.From("", "").At(path), l.From("", list.Previous).At(path)
	}
	if list.Next != "" {
		p.Next, p.Last = l.From(list.Next, "").At(path), l.From("", theEnd).At(path)
	}
	return p
}

// At adds the listing to the address of a page.
func (l Listing) At(path string) string {
	return web.WithQuery(path, url.Values{
		"search": {l.Search}, "filter": {string(l.Filter)}, "sort": {string(l.Sort)}, "after": {l.After}, "before": {l.Before},
	})
}
