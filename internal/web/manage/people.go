package manage

import (
	"context"
	"net/http"
	"strconv"

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
	Search  string
	Filter  directory.UserFilter
	Filters []filterTab
	Rows    []row
	Empty   string // what to say instead of rows
	Pager   web.Pager
	All     string // the whole list
	Drawer  *drawer
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
	l, err := readListing(r)
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
	l, err := readListing(r)
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

func (s *Surface) showPeople(w http.ResponseWriter, r *http.Request, v door.Visitor, l listing, body peopleBody) error {
	step, title := "people", "People"
	if body.Drawer != nil {
		step, title = "person", body.Drawer.Name+" – People"
	}
	f := s.frame(v, inPeople, step, "People")
	f.Tab, f.Wide = title, true
	f.Shell.Action = &web.Link{URL: l.at(home + "/invite"), Label: "Invite a person"}
	f.Note = s.kit.Note(r)
	return s.show(w, r, http.StatusOK, "people", f, body)
}

// list reads a page of the list.
func (s *Surface) list(ctx context.Context, v door.Visitor, l listing, here idp.UserID) (peopleBody, error) {
	practice := v.Account.Practice.ID
	found, next, err := s.People.ListUsers(ctx, v.Caller, practice,
		directory.UserQuery{Search: l.search, Filter: l.filter}, directory.Page{After: l.after, Limit: perPage}, v.Now)
	if err != nil {
		return peopleBody{}, err
	}
	detail, err := s.Practices.FindPractice(ctx, v.Caller, practice, v.Now)
	if err != nil {
		return peopleBody{}, err
	}
	body := peopleBody{Search: l.search, Filter: l.filter, Filters: tabs(l, detail.Counts), All: home}
	for _, p := range found {
		body.Rows = append(body.Rows, rowOf(p, v, l, here))
	}
	if len(found) == 0 {
		body.Empty = nobody(l)
	}
	body.Pager = web.Pager{Shown: len(found), Of: of(l, detail.Counts)}
	if l.after != "" {
		body.Pager.First = listing{search: l.search, filter: l.filter}.at(home)
	}
	if next != "" {
		body.Pager.Next = listing{search: l.search, filter: l.filter, after: next}.at(home)
	}
	return body, nil
}

func tabs(l listing, counts directory.Counts) []filterTab {
	numbers := map[directory.UserFilter]int64{
		directory.FilterAll: counts.People + counts.Disabled, directory.FilterNotEnrolled: counts.People - counts.Enrolled,
		directory.FilterNeverSigned: counts.NeverSigned, directory.FilterInvited: counts.Invited, directory.FilterDisabled: counts.Disabled,
	}
	var all []filterTab
	for _, f := range filters {
		tab := filterTab{URL: listing{search: l.search, filter: f.filter}.at(home), Label: f.label, Current: f.filter == l.filter}
		if n, ok := numbers[f.filter]; ok {
			tab.Count = number(n)
		}
		all = append(all, tab)
	}
	return all
}

func rowOf(p directory.Person, v door.Visitor, l listing, here idp.UserID) row {
	u := p.User
	return row{
		ID: u.ID, URL: l.at(userPath(u.ID)), Name: people.Name(u), Username: u.Username, Badges: people.Badges(u, p.Locked),
		MFA: mfaBadge(p.Kinds), Rights: people.RightsOf(u), Signin: web.NewMoment(u.LastSigninAt, v.Now, v.Zone()), Here: u.ID == here,
	}
}

func nobody(l listing) string {
	switch {
	case l.search != "" && l.filter != directory.FilterAll:
		return "Nobody in this filter matches your search."
	case l.search != "":
		return "Nobody matches your search. Search for the beginning of a name or an email address."
	case l.filter != directory.FilterAll:
		return "Nobody is in this filter."
	default:
		return "Nobody is here yet."
	}
}

// of says how many people there are, if that is known: for a search it is not.
func of(l listing, counts directory.Counts) string {
	if l.search != "" || l.filter != directory.FilterAll {
		return ""
	}
	if n := counts.People + counts.Disabled; n != 1 {
		return number(n) + " people"
	}
	return "1 person"
}

// number writes a count with a comma between thousands.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
