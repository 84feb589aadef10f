package trail

import (
	"context"
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

const (
	perPage = 50
	// mostOffered is how many people a search for one offers.
	mostOffered = 10
)

// List is a page of the activity, with its filters: what the template "trail" takes.
type List struct {
	Path         string // of the page: all of it, from the newest on
	Person       *web.Input
	Offered      []web.Link // people whom the visitor may mean
	User         string     // the identifier of the only person shown; "" for all
	About        string     // what that person is called
	Type, Result web.Options
	From, Until  web.Input
	Rows         []Row
	Pager        web.Pager
	CSV, Lines   string // the addresses of the downloads
	Filtered     bool
}

// Read reads the page that an address asks for, and what is wrong with its filter. Errors: those of directory.Practices.ListActivity,
// and idp.CodeInvalid for what no page of ours leads to.
func (t *Trail) Read(r *http.Request, v door.Visitor, of Scope) (List, web.Problem, error) {
	f, err := read(r)
	if err != nil {
		return List{}, web.NoProblem(), err
	}
	if of.Own {
		f.user, f.person = "", ""
	}
	list := List{Path: of.Path}
	offered, err := t.choosePerson(r.Context(), v, of, &f)
	var query directory.EventQuery
	if err == nil {
		query, err = f.query(v)
	}
	p, known := web.ProblemOf(err)
	if err != nil && !known {
		return List{}, p, err
	}
	if !known {
		p = web.NoProblem()
	}
	for _, u := range offered {
		only := f.page("")
		only.user = u.ID
		list.Offered = append(list.Offered, web.Link{URL: only.at(of.Path), Label: people.Name(u) + ", " + u.Username})
	}
	list.fill(f, of, p)
	if known || len(offered) > 0 {
		return list, p, nil
	}
	return list, p, t.read(r.Context(), v, of, f, query, &list)
}

// Fields are those of the filter's form that a problem can be about.
func Fields() []string { return []string{"person", "from", "until"} }

// choosePerson sets the person of the filter to the only one whom the typed text finds, or returns those whom it finds. Errors:
// idp.CodeInvalid with field "person" if it finds no one.
func (t *Trail) choosePerson(ctx context.Context, v door.Visitor, of Scope, f *filter) ([]idp.User, error) {
	if f.person == "" {
		return nil, nil
	}
	found, _, err := t.People.ListUsers(ctx, v.Caller, of.Practice, directory.UserQuery{Search: f.person}, directory.Page{Limit: mostOffered}, v.Now)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, idp.Invalid("person", "Nobody in the practice is called that. Try another part of the name or the email address.")
	case len(found) == 1:
		f.user, f.person = found[0].User.ID, ""
		return nil, nil
	}
	var offered []idp.User
	for _, each := range found {
		offered = append(offered, each.User)
	}
	return offered, nil
}

func (t *Trail) read(ctx context.Context, v door.Visitor, of Scope, f filter, query directory.EventQuery, list *List) error {
	if of.Own {
		query.UserID = v.Account.User.ID
	}
	found, err := t.Practices.ListActivity(ctx, v.Caller, of.Practice, query, directory.Page{After: f.after, Limit: perPage}, v.Now)
	if err != nil {
		return err
	}
	if list.Rows, err = t.rows(ctx, v, of, found.Lines); err != nil {
		return err
	}
	if f.user != "" {
		names, err := t.PeopleNames(ctx, of.Practice, []idp.UserID{f.user})
		if err != nil {
			return err
		}
		list.About = names[f.user]
	}
	list.Pager = web.Pager{Shown: len(found.Lines), Of: position(found)}
	if f.after != "" {
		list.Pager.First = f.page("").at(of.Path)
	}
	if found.Next != "" {
		list.Pager.Next = f.page(found.Next).at(of.Path)
	}
	return nil
}

// position says where in the list the page is: "51–100 of 1,204". A list that is too long to be counted is "more than" what was.
func position(p directory.ActivityPage) string {
	if len(p.Lines) == 0 {
		return ""
	}
	all := idp.Number(p.Count.Lines)
	if p.Count.More {
		const round = 1000
		all = "more than " + idp.Number(max(p.Count.Lines-p.Count.Lines%round, 1))
	}
	last := p.Count.Before + int64(len(p.Lines))
	if last > p.Count.Lines { // the page is beyond what was counted
		return all
	}
	return idp.Number(p.Count.Before+1) + "–" + idp.Number(last) + " of " + all
}

// fill fills in the form of the filter.
func (l *List) fill(f filter, of Scope, p web.Problem) {
	l.Type = web.Options{Name: "type", Label: "What", Options: []web.Option{{Value: "", Label: "Everything", Chosen: f.kind == ""}}}
	for _, choice := range activity.Types() {
		l.Type.Options = append(l.Type.Options, web.Option{Value: choice.Value, Label: choice.Label, Chosen: choice.Value == f.kind})
	}
	l.Result = web.Options{Name: "result", Label: "How it went", Options: []web.Option{
		{Value: "", Label: "Either way", Chosen: f.result == ""},
		{Value: string(idp.ResultSuccess), Label: "Succeeded", Chosen: f.result == idp.ResultSuccess},
		{Value: string(idp.ResultFailure), Label: "Failed or refused", Chosen: f.result == idp.ResultFailure},
	}}
	l.From = web.Input{Name: "from", Label: "From", Type: "date", Value: f.from, Autocomplete: "off", Error: p.Of("from"), Optional: true}
	l.Until = web.Input{Name: "until", Label: "Until", Type: "date", Value: f.until, Autocomplete: "off", Error: p.Of("until"), Optional: true}
	if !of.Own {
		l.User = string(f.user)
		l.Person = &web.Input{Name: "person", Label: "Person", Type: "search", Value: f.person, Autocomplete: "off", Error: p.Of("person"), Optional: true}
	}
	whole := f.page("")
	l.CSV, l.Lines, l.Filtered = whole.at(of.Path+".csv"), whole.at(of.Path+".jsonl"), whole != (filter{})
}
