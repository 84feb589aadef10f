package manage

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// batches is where the forms of many people go.
const batches = home + "/batch"

// batchPrefix begins the identifier of a batch.
const batchPrefix = "bat_"

// choice is whom a visitor chose, for which command, while they confirm it.
type choice struct {
	Command policy.Command
	Users   []idp.UserID
	More    bool   // the list has more people than one batch takes
	Back    string // the list that they were chosen from
}

// The parts of a list that can be chosen without a tick at each person.
const (
	scopeTicked = "ticked"
	scopePage   = "page"
	scopeListed = "listed" // whoever the search and the filter find, on all pages
)

// batchBar is the bar of a list with which something is done for many.
type batchBar struct {
	Action   string // where its form goes
	Commands []web.Option
	Scopes   []web.Option
}

// barOf offers what can be done for many of this list; first is chosen already.
func barOf(l people.Listing, first policy.Command) batchBar {
	bar := batchBar{Action: l.At(batches), Scopes: []web.Option{
		{Value: scopeTicked, Label: "The people ticked"}, {Value: scopePage, Label: "Everybody on this page"},
		{Value: scopeListed, Label: "Everybody in this list, up to " + idp.Number(directory.MaxBatch)},
	}}
	for _, command := range directory.BatchCommands() {
		bar.Commands = append(bar.Commands, web.Option{Value: string(command), Label: policy.Describe(command).Label, Chosen: command == first})
	}
	return bar
}

// choose keeps whom the visitor chose, and leads to the page that asks to confirm it.
func (s *Surface) choose(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Lines: []string{"action", "scope"}, Lists: []string{"user"}}.Read(w, r)
	if err != nil {
		return err
	}
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	command := policy.Command(form.Get("action"))
	if !slices.Contains(directory.BatchCommands(), command) {
		return idp.Invalid("action", "This can’t be done for many people.")
	}
	users, more, err := s.chosen(r.Context(), v, l, form)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return idp.Invalid("user", "Nobody was chosen. Go back and tick the people first.")
	}
	id, err := s.newBatch(r.Context(), v)
	if err != nil {
		return err
	}
	if err := s.put(r.Context(), v, id, choice{Command: command, Users: users, More: more, Back: l.At(home)}); err != nil {
		return err
	}
	http.Redirect(w, r, batchPath(command, id), http.StatusSeeOther)
	return nil
}

func batchPath(command policy.Command, id string) string {
	return web.WithQuery(batches+"/"+command.Verb(), url.Values{"batch": {id}})
}

// chosen lists the people whom the form means, all of the visitor's practice: whom another practice has is not there.
func (s *Surface) chosen(ctx context.Context, v door.Visitor, l people.Listing, form url.Values) (users []idp.UserID, more bool, err error) {
	switch form.Get("scope") {
	case scopePage:
		list, err := s.People.BrowseUsers(ctx, v.Caller, v.Account.Practice.ID, l.Query(), l.Page(perPage), v.Now)
		return idsOf(list.People), false, err
	case scopeListed:
		return s.allListed(ctx, v, l)
	case scopeTicked, "":
		ticked := make([]idp.UserID, len(form["user"]))
		for i, id := range form["user"] {
			ticked[i] = idp.UserID(id)
		}
		names, err := s.named(ctx, v, ticked)
		return slices.DeleteFunc(ticked, func(id idp.UserID) bool { return names[id].ID == "" }), false, err
	default:
		return nil, false, idp.Invalid("scope", "There is no such choice.")
	}
}

// allListed goes through the pages of the list, up to the most that a batch takes.
func (s *Surface) allListed(ctx context.Context, v door.Visitor, l people.Listing) (users []idp.UserID, more bool, err error) {
	page := directory.Page{Limit: 200}
	for {
		found, next, err := s.People.ListUsers(ctx, v.Caller, v.Account.Practice.ID, l.Query(), page, v.Now)
		if err != nil {
			return nil, false, err
		}
		users = append(users, idsOf(found)...)
		if next == "" || len(users) >= directory.MaxBatch {
			return users[:min(len(users), directory.MaxBatch)], next != "" || len(users) > directory.MaxBatch, nil
		}
		page.After = next
	}
}

func idsOf(found []directory.Person) []idp.UserID {
	users := make([]idp.UserID, len(found))
	for i, p := range found {
		users[i] = p.User.ID
	}
	return users
}

// namedAtOnce is how many people are named by one call of ListNames.
const namedAtOnce = 100

// named reads the names of those of the people who belong to the visitor's practice.
func (s *Surface) named(ctx context.Context, v door.Visitor, ids []idp.UserID) (map[idp.UserID]idp.User, error) {
	names := make(map[idp.UserID]idp.User, len(ids))
	for some := range slices.Chunk(ids, namedAtOnce) {
		users, err := s.Names.ListNames(ctx, v.Account.Practice.ID, some)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			names[u.ID] = u
		}
	}
	return names, nil
}
