package support

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// typed holds what was typed into a form of the case's page that was rejected. A code is never sent back.
type typed struct {
	check   idp.CheckName
	how, to string
	voucher string
	why     string // of the decision
	closing string // why the case is closed
	closes  bool   // it was the form that closes it
}

// caseBody is the page of one case: its record, and the script for what comes next.
type caseBody struct {
	Path     string
	Case     idp.Case
	Name     string // of the person
	Username string
	UserURL  string
	Practice idp.Practice
	URL      string // of the practice
	State    web.Badge
	Opened   web.ClockTime
	By       string
	Warnings []string
	Steps    []scriptStep
	Passed   int    // of the two checks that a case needs
	Blocks   string // what is missing before it can be submitted
	May      map[string]bool
	Fresh    bool   // the second factor was given lately: what needs it can be done
	Prove    string // where the visitor confirms who they are, and comes back
	Beside   string // the same in another tab, where a form was rejected
	Decided  web.ClockTime
	Decider  string
	ActUntil web.ClockTime
	Done     web.ClockTime
	DoneBy   string
	Perform  performance
	Mailed   bool     // carrying it out has sent a link to choose a new password
	Why      web.Area // of the decision
	Closing  web.Area // why it is closed
	Checks   []checkRow
}

// checkRow is a check on record.
type checkRow struct {
	What, How, By string
	Voucher       string // the colleague who confirmed
	Result        web.Badge
	At            web.ClockTime
}

func (s *Surface) showCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.renderCase(w, r, v, typed{}, web.NoProblem())
}

// renderCase shows the page, with what is wrong in one of its forms.
func (s *Surface) renderCase(w http.ResponseWriter, r *http.Request, v door.Visitor, t typed, p web.Problem) error {
	detail, err := s.Cases.FindCase(r.Context(), v.Caller, idp.CaseID(r.PathValue("case")), v.Now)
	if err != nil {
		return err
	}
	c, moment := detail.Case, func(t time.Time) web.ClockTime { return web.NewMoment(t, v.Now, v.Zone()) }
	body := caseBody{
		Path: casePath(c.ID), Case: c, Name: people.Name(detail.User), Username: detail.User.Username, UserURL: userPath(c.UserID),
		Practice: detail.Practice, URL: practicePath(c.PracticeID), State: stateBadge(c.State), Opened: moment(c.OpenedAt),
		By: detail.Names[c.OpenedBy], Blocks: detail.Blocks, May: detail.May, Fresh: v.MayBegin(policy.CommandPerformCase) || p.Prove,
		Prove: s.kit.ProvePath(casePath(c.ID)), Decided: moment(c.DecidedAt), Decider: detail.Names[c.DecidedBy],
		Done: moment(c.DoneAt), DoneBy: detail.Names[c.DoneBy],
		Perform: performanceOf(c.Action, detail.User), Mailed: c.State == idp.CaseDone && c.Action == idp.CaseEnableUser && detail.User.HasPassword(),
		Why:     web.Area{Name: "why", Label: "Why?", Hint: "For the record. Needed if you refuse.", Value: t.why, MaxLength: 1000, Optional: true},
		Closing: web.Area{Name: "closing", Label: "Why?", Hint: "For the record.", Value: t.closing, MaxLength: 1000},
	}
	if t.closes {
		body.Closing.Error = p.Of("why")
	} else {
		body.Why.Error = p.Of("why")
	}
	if c.State == idp.CaseApproved {
		body.ActUntil = web.NewClockTime(c.ActUntil, v.Now, v.Zone())
	}
	for _, check := range c.Checks {
		body.Checks = append(body.Checks, checkRow{
			What: checkWords(check.Name), How: check.How, By: detail.Names[check.By], Voucher: detail.Names[check.Voucher], Result: resultBadge(check.Result), At: moment(check.At),
		})
	}
	body.Warnings, err = s.warnings(r.Context(), v, detail)
	if err != nil {
		return err
	}
	if detail.May["check"] {
		body.Steps, err = s.script(r.Context(), v, detail, t, p)
		if err != nil {
			return err
		}
		body.Passed = passed(body.Steps)
	}
	f := s.frame(v, inCases, "case", caseTitle(c.Action, people.Name(detail.User)))
	f.Tab, f.Note = "Case", s.kit.Note(r)
	f.Shell.Back = &web.Link{URL: at("cases"), Label: "Support cases"}
	body.Beside = s.kit.Beside(p)
	if p.Text != "" {
		at := target(t, p)
		f.Note, f.Alert = nil, &web.Alert{Text: p.Text, Target: at, AtField: at != ""}
	}
	return s.show(w, r, p.Status, "case", f, body)
}

// target is the field that an alert leads to.
func target(t typed, p web.Problem) string {
	switch p.Field {
	case "how":
		return "how-" + string(t.check)
	case "why":
		if t.closes {
			return "closing"
		}
		return "why"
	case "code", "to", "voucher":
		return p.Field
	default:
		return ""
	}
}

// warnings are what a member of staff should know before going on.
func (s *Surface) warnings(ctx context.Context, v door.Visitor, detail directory.CaseDetail) (warnings []string, err error) {
	c := detail.Case
	if detail.Practice.Phone == "" {
		warnings = append(warnings, "This practice has no telephone number on file, so nobody can be called back, and the case can’t be submitted.")
	}
	const lately = 30 * 24 * time.Hour
	changes, _, err := s.Practices.ListEvents(ctx, v.Caller, c.PracticeID,
		directory.EventQuery{Type: idp.EventPracticeUpdated, Result: idp.ResultSuccess, From: v.Now.Add(-lately)}, directory.Page{}, v.Now)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		if text := change.Details["phone"]; text != "" {
			warnings = append(warnings, "The telephone number on file was changed on "+web.NewDay(change.At, v.Zone()).Human+" ("+text+"). Make sure that the change was right before you call it.")
		}
	}
	earlier, _, err := s.Cases.DescribeCases(ctx, v.Caller, directory.CaseQuery{UserID: c.UserID}, directory.Page{Limit: atDesk}, v.Now)
	for _, other := range earlier {
		if other.Case.ID == c.ID {
			continue
		}
		switch other.Case.State {
		case idp.CaseRefused, idp.CaseClosed, idp.CaseOpen, idp.CaseSubmitted:
			warnings = append(warnings, "There is another case about this person, opened on "+web.NewDay(other.Case.OpenedAt, v.Zone()).Human+" by "+other.OpenedBy+": "+stateBadge(other.Case.State).Text+". Read it first.")
		}
	}
	return warnings, err
}
