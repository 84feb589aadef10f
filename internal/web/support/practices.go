package support

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// practiceRow is a practice in the list.
type practiceRow struct {
	URL, Name string
	Region    string
	State     web.Badge
	MFA       web.Badge
	Phone     string
}

// practicesBody is a page of the list of practices.
type practicesBody struct {
	Search string
	State  web.Options
	MFA    web.Options
	Rows   []practiceRow
	Pager  web.Pager
}

func (s *Surface) practices(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	q, err := readQuery(r)
	if err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	found, next, err := s.Practices.ListPractices(r.Context(), v.Caller, q, directory.Page{After: after}, v.Now)
	if err != nil {
		return err
	}
	body := practicesBody{
		Search: q.Search,
		State:  choice("state", "State", string(q.State), "", "Any", string(idp.PracticeActive), "Active", string(idp.PracticeSuspended), "Suspended"),
		MFA: choice("mfa", "MFA", string(q.MFA), "", "Any", string(idp.MFAOff), "Off", string(idp.MFARequested), "Asked for",
			string(idp.MFAActive), "Active"),
	}
	for _, p := range found {
		body.Rows = append(body.Rows, practiceRow{
			URL: practicePath(p.ID), Name: p.Name, Region: regionWords(p.Region), State: practiceBadge(p), MFA: mfaBadge(p.MFA), Phone: p.Phone,
		})
	}
	body.Pager = pager(at("practices"), url.Values{"search": {q.Search}, "state": {string(q.State)}, "mfa": {string(q.MFA)}}, len(found), after, next)
	f := s.frame(v, inPractices, "practices", "Practices")
	f.Wide = true
	f.Shell.Action = &web.Link{URL: at("new-practice"), Label: "Create a practice"}
	return s.show(w, r, http.StatusOK, "practices", f, body)
}

// readQuery reads the search from the address. Errors: idp.CodeInvalid for a value that no page of this surface links to.
func readQuery(r *http.Request) (directory.PracticeQuery, error) {
	search, err := word(r, "search")
	q := directory.PracticeQuery{Search: search, State: idp.PracticeState(r.URL.Query().Get("state")), MFA: idp.MFAState(r.URL.Query().Get("mfa"))}
	switch {
	case err != nil:
		return q, err
	case !slices.Contains([]idp.PracticeState{"", idp.PracticeActive, idp.PracticeSuspended}, q.State),
		!slices.Contains([]idp.MFAState{"", idp.MFAOff, idp.MFARequested, idp.MFAActive}, q.MFA):
		return q, idp.Invalid("state", "There is no such state.")
	}
	return q, nil
}

// choice is a select of these values and labels, in turn.
func choice(name, label, chosen string, valuesAndLabels ...string) web.Options {
	options := web.Options{Name: name, Label: label}
	for i := 0; i+1 < len(valuesAndLabels); i += 2 {
		value := valuesAndLabels[i]
		options.Options = append(options.Options, web.Option{Value: value, Label: valuesAndLabels[i+1], Chosen: value == chosen})
	}
	return options
}
