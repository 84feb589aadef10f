package support

import (
	"context"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// caseRow is a case in a list.
type caseRow struct {
	URL      string
	What     string // "Reset MFA for Tom Okafor"
	Practice string
	State    web.Badge
	Opened   web.ClockTime
	By       string
	Mine     bool // the visitor opened it
}

func (s *Surface) caseRows(ctx context.Context, v door.Visitor, q directory.CaseQuery, page directory.Page) ([]caseRow, string, error) {
	found, next, err := s.Cases.DescribeCases(ctx, v.Caller, q, page, v.Now)
	rows := make([]caseRow, 0, len(found))
	for _, line := range found {
		rows = append(rows, caseRow{
			URL: casePath(line.Case.ID), What: caseTitle(line.Case.Action, line.User), Practice: line.Practice, State: stateBadge(line.Case.State),
			Opened: web.NewMoment(line.Case.OpenedAt, v.Now, v.Zone()), By: line.OpenedBy, Mine: line.Case.OpenedBy == v.Account.User.ID,
		})
	}
	return rows, next, err
}

// caseFilters are the tabs of the list of cases, by the word in the address.
var caseFilters = []struct {
	name, label string
	states      []idp.CaseState
}{
	{"", "All", nil},
	{"open", "Open", []idp.CaseState{idp.CaseOpen}},
	{"submitted", "Waiting for a second person", []idp.CaseState{idp.CaseSubmitted}},
	{"approved", "To be carried out", []idp.CaseState{idp.CaseApproved}},
	{"done", "Done", []idp.CaseState{idp.CaseDone}},
	{"refused", "Refused, closed or run out", []idp.CaseState{idp.CaseRefused, idp.CaseClosed, idp.CaseExpired}},
}

type tab struct {
	URL, Label string
	Current    bool
}

// casesBody is a page of the list of cases.
type casesBody struct {
	Tabs  []tab
	Rows  []caseRow
	Pager web.Pager
}

func (s *Surface) cases(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	show, after := r.URL.Query().Get("show"), r.URL.Query().Get("after")
	body := casesBody{}
	query, known := directory.CaseQuery{}, false
	for _, filter := range caseFilters {
		if filter.name == show {
			query.States, known = filter.states, true
		}
		body.Tabs = append(body.Tabs, tab{URL: web.WithQuery(at("cases"), url.Values{"show": {filter.name}}), Label: filter.label, Current: filter.name == show})
	}
	if !known {
		return idp.Invalid("show", "There is no such list of cases.")
	}
	rows, next, err := s.caseRows(r.Context(), v, query, directory.Page{After: after})
	if err != nil {
		return err
	}
	body.Rows, body.Pager = rows, pager(at("cases"), url.Values{"show": {show}}, len(rows), after, next)
	f := s.frame(v, inCases, "cases", "Support cases")
	f.Wide = true
	return s.show(w, r, http.StatusOK, "cases", f, body)
}

// pager leads through a list whose address is this path with this query.
func pager(path string, query url.Values, shown int, after, next string) web.Pager {
	p := web.Pager{Shown: shown}
	if after != "" {
		p.First = web.WithQuery(path, query)
	}
	if next != "" {
		query.Set("after", next)
		p.Next = web.WithQuery(path, query)
	}
	return p
}
