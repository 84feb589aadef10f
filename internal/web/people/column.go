package people

import (
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/web"
)

// column is a column of a list of people.
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

// Headings are the headings of the list at the path, which sort it: a second time, the other way round.
func (l Listing) Headings(path string) (all []web.Heading) {
	now := l.Sort
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
		to := l.From("", "")
		to.Sort = next
		h.URL = to.At(path)
		all = append(all, h)
	}
	return all
}
