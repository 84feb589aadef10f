package manage

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
)

// activityBody is the practice's activity, with its filters.
type activityBody struct {
	Type, Result web.Options
	From, Until  web.Input
	User         string // the identifier of the only person shown; "" for all
	About        string // what that person is called
	Rows         []eventRow
	Pager        web.Pager
	CSV, Lines   string // the addresses of the exports
	All          string
	Filtered     bool
}

// trail is which part of the activity the visitor looks at.
type trail struct {
	user        idp.UserID
	kind        string
	result      idp.Result
	from, until string // days, as typed
	after       string
}

// readTrail reads it from an address. Errors: idp.CodeInvalid for what no page of ours leads to.
func readTrail(r *http.Request) (trail, error) {
	q := r.URL.Query()
	t := trail{
		user: idp.UserID(q.Get("user")), kind: q.Get("type"), result: idp.Result(q.Get("result")), from: q.Get("from"), until: q.Get("until"),
		after: q.Get("after"),
	}
	all := string(t.user) + t.after
	switch {
	case t.kind != "" && !activity.IsType(t.kind):
		return t, idp.Invalid("type", "There is no such filter.")
	case t.result != "" && t.result != idp.ResultSuccess && t.result != idp.ResultFailure:
		return t, idp.Invalid("result", "There is no such filter.")
	case len(all) > 2*idLength || !utf8.ValidString(all) || strings.ContainsFunc(all, unicode.IsControl):
		return t, idp.Invalid("user", "There is no such filter.")
	}
	return t, nil
}

// idLength is more than any identifier or cursor of ours has.
const idLength = 200

// query is the trail as package directory takes it. Errors: idp.CodeInvalid with field "from" or "until".
func (t trail) query(v door.Visitor) (directory.EventQuery, error) {
	q := directory.EventQuery{UserID: t.user, Type: idp.EventType(t.kind), Result: t.result}
	var err error
	if q.From, err = kit.Day("from", t.from, v.Zone()); err != nil {
		return q, err
	}
	if q.Until, err = kit.Day("until", t.until, v.Zone()); err != nil {
		return q, err
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1) // that day too
		if !q.From.Before(q.Until) {
			return q, idp.Invalid("until", "The last day must not be before the first.")
		}
	}
	return q, nil
}

func (t trail) at(path string) string {
	return withQuery(path, url.Values{
		"user": {string(t.user)}, "type": {t.kind}, "result": {string(t.result)}, "from": {t.from}, "until": {t.until}, "after": {t.after},
	})
}

// activity shows what happened in the practice, newest first.
func (s *Surface) activity(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	t, err := readTrail(r)
	if err != nil {
		return err
	}
	query, err := t.query(v)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	body := filterForm(t, p)
	if p.Text == "" {
		if err := s.readActivity(r, v, t, query, &body); err != nil {
			return err
		}
	}
	f := s.frame(v, inActivity, "activity", "Activity")
	f.Wide, f.Alert = true, p.Alert("from", "until")
	return s.show(w, r, p.Status, "activity", f, body)
}

func (s *Surface) readActivity(r *http.Request, v door.Visitor, t trail, query directory.EventQuery, body *activityBody) error {
	ctx, practice := r.Context(), v.Account.Practice.ID
	events, next, err := s.Practices.ListEvents(ctx, v.Caller, practice, query, directory.Page{After: t.after, Limit: perPage}, v.Now)
	if err != nil {
		return err
	}
	names, err := s.names(ctx, v, events)
	if err != nil {
		return err
	}
	body.Rows = eventRows(events, names, v)
	if t.user != "" {
		found, err := s.peopleNames(ctx, practice, []idp.UserID{t.user})
		if err != nil {
			return err
		}
		body.About = found[t.user]
	}
	body.Pager.Shown = len(events)
	first := t
	first.after = ""
	if t.after != "" {
		body.Pager.First = first.at(body.All)
	}
	if next != "" {
		first.after = next
		body.Pager.Next = first.at(body.All)
	}
	return nil
}

func filterForm(t trail, p web.Problem) activityBody {
	all := home + "/activity"
	kinds := web.Options{Name: "type", Label: "What", Options: []web.Option{{Value: "", Label: "Everything", Chosen: t.kind == ""}}}
	for _, choice := range activity.Types() {
		kinds.Options = append(kinds.Options, web.Option{Value: choice.Value, Label: choice.Label, Chosen: choice.Value == t.kind})
	}
	results := web.Options{Name: "result", Label: "How it went", Options: []web.Option{
		{Value: "", Label: "Either way", Chosen: t.result == ""},
		{Value: string(idp.ResultSuccess), Label: "Succeeded", Chosen: t.result == idp.ResultSuccess},
		{Value: string(idp.ResultFailure), Label: "Failed or refused", Chosen: t.result == idp.ResultFailure},
	}}
	whole := t
	whole.after = ""
	return activityBody{
		Type: kinds, Result: results, User: string(t.user), All: all, CSV: whole.at(all + ".csv"), Lines: whole.at(all + ".jsonl"),
		Filtered: whole != (trail{}),
		From:     web.Input{Name: "from", Label: "From", Type: "date", Value: t.from, Autocomplete: "off", Error: p.Of("from"), Optional: true},
		Until:    web.Input{Name: "until", Label: "Until", Type: "date", Value: t.until, Autocomplete: "off", Error: p.Of("until"), Optional: true},
	}
}
