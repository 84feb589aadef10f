package manage

import (
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/web"
)

// column is a column of the list of people.
type column struct {
	sort  directory.UserSort // the order that its heading asks for first
	label string
	spare bool // there is no room for it beside a drawer
}

// columns are those that there are, in their order.
func columns() []column {
	return []column{
		{sort: directory.SortName, label: "Name"},
		{sort: directory.SortUsername, label: "Email address"},
		{sort: directory.SortMFA, label: "MFA"},
		{sort: directory.SortRights, label: "Rights", spare: true},
		{sort: directory.SortLastSignin.Reverse(), label: "Last sign-in", spare: true}, // the latest first
	}
}

// headings are the headings of the list, which sort it: a second time, the other way round.
func headings(l listing, path string) (all []web.Heading) {
	now := l.sort
	if now == "" {
		now = directory.SortName
	}
	for _, c := range columns() {
		h := web.Heading{Label: c.label, Spare: c.spare}
		next := c.sort
		if now.Forward() == c.sort.Forward() {
			next, h.Order = now.Reverse(), "ascending"
			if now.IsReverse() {
				h.Order = "descending"
			}
		}
		if next == directory.SortName {
			next = "" // the order of a list that was not sorted
		}
		to := l.from("", "")
		to.sort = next
		h.URL = to.at(path)
		all = append(all, h)
	}
	return all
}
