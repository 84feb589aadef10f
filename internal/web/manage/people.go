package manage

import (
	"context"
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// perPage is how many people a page of the list has.
const perPage = 50

// peopleBody is the list, with the drawer if a person is chosen.
type peopleBody struct {
	Search   string
	Filter   directory.UserFilter
	Sort     directory.UserSort
	Filters  []filterTab
	Found    string // how many a search finds; "": there is none
	Headings []web.Heading
	Rows     []row
	Empty    web.Nothing // instead of rows
	Pager    web.Pager
	All      string // the whole list
	Clear    string // the list without the search
	Drawer   *drawer
	Batch    batchBar
}

type filterTab struct {
	URL, Label, Count string
	Current           bool
}

// row is a line of the list.
type row struct {
	ID       idp.UserID
	URL      string
	Name     string
	Username string
	Badges   []web.Badge
	MFA      web.Badge
	Rights   string
	Signin   web.ClockTime
	Here     bool // its drawer is open
}

// people shows the list.
func (s *Surface) people(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	body, err := s.list(r.Context(), v, l, "")
	if err != nil {
		return err
	}
	return s.showPeople(w, r, v, l, body)
}

// person shows the list with the drawer of one person.
func (s *Surface) person(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	open, err := s.drawer(r.Context(), v, idp.UserID(r.PathValue("user")), l)
	if err != nil {
		return err
	}
	body, err := s.list(r.Context(), v, l, open.ID)
	if err != nil {
		return err
	}
	body.Drawer = &open
	return s.showPeople(w, r, v, l, body)
}

func (s *Surface) showPeople(w http.ResponseWriter, r *http.Request, v door.Visitor, l people.Listing, body peopleBody) error {
	step, title := "people", "People"
	if body.Drawer != nil {
		step, title = "person", body.Drawer.Name+" – People"
	}
	f := s.frame(v, inPeople, step, "People")
	f.Tab, f.Wide = title, true
	f.Shell.Action = &web.Link{URL: l.At(home + "/invite"), Label: "Invite a person"}
	f.Note = s.kit.Note(r)
	return s.show(w, r, http.StatusOK, "people", f, body)
}

// list reads a page of the list.
func (s *Surface) list(ctx context.Context, v door.Visitor, l people.Listing, here idp.UserID) (peopleBody, error) {
	practice := v.Account.Practice.ID
	list, err := s.People.BrowseUsers(ctx, v.Caller, practice, l.Query(), l.Page(perPage), v.Now)
	if err != nil {
		return peopleBody{}, err
	}
	detail, err := s.Practices.FindPractice(ctx, v.Caller, practice, v.Now)
	if err != nil {
		return peopleBody{}, err
	}
	all := l.From("", "")
	all.Search = ""
	body := peopleBody{
		Search: l.Search, Filter: l.Filter, Sort: l.Sort, Filters: tabs(l, detail.Counts), Headings: l.Headings(home), All: home, Clear: all.At(home),
		Pager: l.Pager(home, list), Batch: barOf(l, ""),
	}
	for _, p := range list.People {
		body.Rows = append(body.Rows, rowOf(p, v, l, here))
	}
	if l.Search != "" && list.Total > 0 {
		body.Found = found(l, list.Total)
	}
	if len(list.People) == 0 {
		body.Empty, body.Pager = nobody(l), web.Pager{}
	}
	return body, nil
}

func tabs(l people.Listing, counts directory.Counts) []filterTab {
	numbers := map[directory.UserFilter]int64{
		directory.FilterAll: counts.People + counts.Disabled, directory.FilterNotEnrolled: counts.People - counts.Enrolled,
		directory.FilterNoPasskey:   counts.People - counts.Passkeys,
		directory.FilterNeverSigned: counts.NeverSigned, directory.FilterInvited: counts.Invited, directory.FilterDisabled: counts.Disabled,
	}
	var all []filterTab
	for _, f := range people.Filters() {
		to := l.From("", "")
		to.Filter = f.Filter
		tab := filterTab{URL: to.At(home), Label: f.Label, Current: f.Filter == l.Filter}
		if n, ok := numbers[f.Filter]; ok {
			tab.Count = idp.Number(n)
		}
		all = append(all, tab)
	}
	return all
}

func rowOf(p directory.Person, v door.Visitor, l people.Listing, here idp.UserID) row {
	u := p.User
	return row{
		ID: u.ID, URL: l.At(userPath(u.ID)), Name: people.Name(u), Username: u.Username, Badges: people.Badges(u, p.Locked),
		MFA: people.MFABadge(p.Kinds), Rights: people.RightsOf(u), Signin: web.NewMoment(u.LastSigninAt, v.Now, v.Zone()), Here: u.ID == here,
	}
}

// found says how many people a search finds.
func found(l people.Listing, total int64) string {
	text := web.Count(total, "person matches", "people match") + " “" + l.Search + "”"
	for _, f := range people.Filters() {
		if f.Filter == l.Filter && l.Filter != directory.FilterAll {
			text += " in the filter “" + f.Label + "”"
		}
	}
	return text + "."
}

// nobody says that the list is empty, and what to do next.
func nobody(l people.Listing) web.Nothing {
	everybody := people.Listing{Search: l.Search, Sort: l.Sort}
	whole := web.Link{URL: home, Label: "Show everybody"}
	switch {
	case l.Search != "" && l.Filter != directory.FilterAll:
		return web.Nothing{Text: "Nobody in this filter matches your search.", Next: []web.Link{{URL: everybody.At(home), Label: "Search everybody"}, whole}}
	case l.Search != "":
		return web.Nothing{
			Text: "Nobody matches your search. Search for a part of a name or of an email address.",
			Next: []web.Link{whole, {URL: home + "/invite", Label: "Invite a person"}},
		}
	case l.Filter != directory.FilterAll:
		return web.Nothing{Text: "Nobody is in this filter.", Next: []web.Link{whole}}
	default:
		return web.Nothing{Text: "Nobody is here yet.", Next: []web.Link{{URL: home + "/invite", Label: "Invite a person"}}}
	}
}
