package manage

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
	"github.com/apscloud/apsid/internal/web/trail"
)

// recentSetups is how many of those who set MFA up lately are named.
const recentSetups = 8

// mfaBody is the practice's MFA page.
type mfaBody struct {
	State      idp.MFAState
	Counts     directory.Counts
	Missing    int64
	All        int64
	Trend      trend
	Activated  []trail.Row // when MFA was activated, and by whom: the last time; empty: it never was
	Setups     []trail.Row // who set it up lately
	Mandates   []mandate
	Request    *request
	MayRequest bool
	Note       web.Area
	Report     []prerequisite
	Ready      bool
	Headings   []web.Heading
	Rows       []row
	Pager      web.Pager
	Batch      batchBar
}

// mandate is a rule that makes MFA mandatory.
type mandate struct {
	Name           string // of an app; "" is every app
	From           web.ClockTime
	Since          bool // it holds already
	Passkeys       bool // it needs a passkey
	Administrators bool // only of those
}

// request is the newest request for activation.
type request struct {
	State    idp.ActivationState
	At       web.ClockTime
	By       string
	Note     string
	Answered web.ClockTime
	Answer   string
}

// prerequisite is a line of the report, with how it stands in words.
type prerequisite struct {
	policy.Prerequisite
	Badge web.Badge
}

// mfa shows how MFA stands in the practice.
func (s *Surface) mfa(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showMFA(w, r, v, "", web.NoProblem())
}

// requestMFA asks APS to activate MFA.
func (s *Surface) requestMFA(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Texts: []string{"note"}}.Read(w, r)
	if err != nil {
		return err
	}
	_, err = s.Practices.RequestActivation(r.Context(), v.Caller, v.Account.Practice.ID, form.Get("note"), v.Now)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return s.showMFA(w, r, v, form.Get("note"), p)
	}
	return s.kit.Done(w, r, home+"/mfa", "requested")
}

// withdrawMFA withdraws the request.
func (s *Surface) withdrawMFA(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	err := s.Practices.WithdrawActivation(r.Context(), v.Caller, v.Account.Practice.ID, v.Now)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return s.showMFA(w, r, v, "", p)
	}
	return s.kit.Done(w, r, home+"/mfa", "withdrawn")
}

func (s *Surface) showMFA(w http.ResponseWriter, r *http.Request, v door.Visitor, note string, p web.Problem) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	ctx, practice := r.Context(), v.Account.Practice.ID
	detail, err := s.Practices.FindPractice(ctx, v.Caller, practice, v.Now)
	if err != nil {
		return err
	}
	body := mfaBody{
		State: detail.Practice.MFA, Counts: detail.Counts, Missing: max(detail.Counts.People-detail.Counts.Enrolled, 0),
		All:      detail.Counts.People + detail.Counts.Disabled,
		Mandates: mandates(detail.Mandatory, v),
		Note: web.Area{
			Name: "note", Label: "Note to APS", Hint: "For example, when it suits you, and whom we can call.", Value: note,
			MaxLength: maxReason, Optional: true, Error: p.Of("note"),
		},
	}
	if detail.Activation != nil {
		body.Request, err = s.requestOf(r, v, *detail.Activation)
		if err != nil {
			return err
		}
	}
	body.MayRequest = body.State == idp.MFAOff
	if body.State != idp.MFAActive {
		report, err := s.Practices.CheckPrerequisites(ctx, v.Caller, practice, v.Now)
		if err != nil {
			return err
		}
		body.Report, body.Ready = reportOf(report), report.Ready()
	}
	if err := s.board(r, v, l, &body); err != nil {
		return err
	}
	if err := s.history(r, v, &body); err != nil {
		return err
	}
	f := s.frame(v, inMFA, "mfa", "MFA in your practice")
	f.Wide, f.Note, f.Alert = true, s.kit.Note(r), p.Alert("note")
	return s.show(w, r, p.Status, "mfa", f, body)
}

// board lists the people who have not set MFA up.
func (s *Surface) board(r *http.Request, v door.Visitor, l people.Listing, body *mfaBody) error {
	l.Search, l.Filter = "", directory.FilterNotEnrolled
	body.Batch = barOf(l, policy.CommandRemindMFA)
	list, err := s.People.BrowseUsers(r.Context(), v.Caller, v.Account.Practice.ID, l.Query(), l.Page(perPage), v.Now)
	if err != nil {
		return err
	}
	for _, person := range list.People {
		body.Rows = append(body.Rows, rowOf(person, v, people.Listing{Filter: directory.FilterNotEnrolled}, ""))
	}
	l.Filter = directory.FilterAll // the board has one filter, which its address does not name
	body.Headings, body.Pager = l.Headings(home+"/mfa"), l.Pager(home+"/mfa", list)
	return nil
}

// history reads when MFA was activated and by whom, who set it up lately, and how it went week by week.
func (s *Surface) history(r *http.Request, v door.Visitor, body *mfaBody) (err error) {
	body.Trend, err = s.trend(r, v)
	if err != nil {
		return err
	}
	body.Activated, err = s.lately(r, v, idp.EventMFAActivated, 1)
	if err != nil {
		return err
	}
	body.Setups, err = s.lately(r, v, idp.EventMFAEnrolled, recentSetups)
	return err
}

// lately lists the last events of a type that succeeded.
func (s *Surface) lately(r *http.Request, v door.Visitor, kind idp.EventType, most int) ([]trail.Row, error) {
	query := directory.EventQuery{Type: kind, Result: idp.ResultSuccess}
	return s.Trail.Recent(r.Context(), v, scope(v), query, most)
}

func (s *Surface) requestOf(r *http.Request, v door.Visitor, a idp.Activation) (*request, error) {
	names, err := s.peopleNames(r.Context(), v.Account.Practice.ID, []idp.UserID{a.RequestedBy})
	if err != nil {
		return nil, err
	}
	return &request{
		State: a.State, At: web.NewMoment(a.RequestedAt, v.Now, v.Zone()), By: names[a.RequestedBy], Note: a.Note,
		Answered: web.NewClockTime(a.AnsweredAt, v.Now, v.Zone()), Answer: a.Answer,
	}, nil
}

func mandates(all []directory.Mandate, v door.Visitor) (found []mandate) {
	for _, m := range all {
		one := mandate{From: web.NewDay(m.From, v.Zone()), Since: !v.Now.Before(m.From), Passkeys: m.Passkeys, Administrators: m.Administrators}
		if m.App != "" {
			one.Name = m.Name
		}
		found = append(found, one)
	}
	return found
}

func reportOf(report policy.PrerequisiteReport) (lines []prerequisite) {
	badges := map[policy.PrerequisiteState]web.Badge{
		policy.PrerequisiteMet:     {Tone: web.ToneGood, Text: "Done"},
		policy.PrerequisiteWarning: {Tone: web.ToneWarn, Text: "Please look"},
		policy.PrerequisiteMissing: {Tone: web.ToneBad, Text: "Missing"},
	}
	for _, line := range report.Lines {
		lines = append(lines, prerequisite{Prerequisite: line, Badge: badges[line.State]})
	}
	return lines
}
