package support

import (
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// personRow is a person in a practice's list.
type personRow struct {
	URL, Name, Username string
	Badges              []web.Badge
	MFA                 web.Badge
	Rights              string
	Signin              web.ClockTime
}

// appRow is an app that a practice has, or could have.
type appRow struct {
	ID, Name string
	Has      bool
	Remove   string // where it is taken away, for one that the practice has
}

// mandateRow is a rule that makes MFA mandatory for a practice.
type mandateRow struct {
	Name string
	From web.ClockTime
	Now  bool
	What string
}

// practiceBody is the page of one practice.
type practiceBody struct {
	Path      string
	Practice  idp.Practice
	Region    string
	State     web.Badge
	MFA       web.Badge
	Counts    directory.Counts
	Asked     web.ClockTime // known: the practice waits for an answer to its request
	Mandates  []mandateRow
	Required  web.ClockTime
	Apps      []appRow
	Search    string
	Sort      directory.UserSort
	Headings  []web.Heading
	People    []personRow
	Pager     web.Pager
	Cases     []caseRow
	Customer  bool // not APS itself
	Suspended bool
	Prove     string
}

func (s *Surface) practice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showPractice(w, r, v, web.NoProblem())
}

// showPractice shows the page, with what was wrong with one of its forms.
func (s *Surface) showPractice(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	id := idp.PracticeID(r.PathValue("practice"))
	detail, err := s.Practices.FindPractice(r.Context(), v.Caller, id, v.Now)
	if err != nil {
		return err
	}
	p := detail.Practice
	body := practiceBody{
		Path: practicePath(p.ID), Practice: p, Region: regionWords(p.Region), State: practiceBadge(p), MFA: mfaBadge(p.MFA),
		Counts: detail.Counts, Mandates: mandateRows(detail.Mandatory, v.Now, v.Zone()), Required: web.NewDay(p.MFARequiredFrom, p.Place()),
		Customer: p.Kind == idp.PracticeCustomer, Suspended: p.State == idp.PracticeSuspended,
	}
	if asked := detail.Activation; asked != nil && asked.State == idp.ActivationOpen {
		body.Asked = web.NewClockTime(asked.RequestedAt, v.Now, v.Zone())
	}
	body.Apps, err = s.appRows(r, v, p)
	if err != nil {
		return err
	}
	if err := s.listPeople(r, v, p, &body); err != nil {
		return err
	}
	body.Cases, _, err = s.caseRows(r.Context(), v, directory.CaseQuery{PracticeID: p.ID}, directory.Page{Limit: atDesk})
	if err != nil {
		return err
	}
	f := s.frame(v, inPractices, "practice", p.Name)
	f.Wide, f.Note, f.Alert = true, s.kit.Note(r), problem.Alert()
	f.Shell.Back = &web.Link{URL: at("practices"), Label: "Practices"}
	body.Prove = s.kit.Beside(problem)
	return s.show(w, r, problem.Status, "practice", f, body)
}

func (s *Surface) listPeople(r *http.Request, v door.Visitor, p idp.Practice, body *practiceBody) error {
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	list, err := s.People.BrowseUsers(r.Context(), v.Caller, p.ID, l.Query(), l.Page(atDesk), v.Now)
	if err != nil {
		return err
	}
	for _, person := range list.People {
		body.People = append(body.People, personRow{
			URL: userPath(person.User.ID), Name: people.Name(person.User), Username: person.User.Username,
			Badges: people.Badges(person.User, person.Locked), MFA: people.MFABadge(person.Kinds),
			Rights: people.RightsOf(person.User), Signin: web.NewMoment(person.User.LastSigninAt, v.Now, v.Zone()),
		})
	}
	path := practicePath(p.ID) + "#people"
	body.Search, body.Sort, body.Headings = l.Search, l.Sort, l.Headings(path)
	if len(list.People) > 0 {
		body.Pager = l.Pager(path, list)
	}
	return nil
}

func (s *Surface) appRows(r *http.Request, v door.Visitor, p idp.Practice) (rows []appRow, err error) {
	apps, err := s.appNames(r.Context(), v)
	for _, app := range apps {
		if app.Access == idp.AccessPractice || app.Access == idp.AccessManagers {
			rows = append(rows, appRow{ID: string(app.ID), Name: app.Name, Has: p.HasApp(app.ID), Remove: practicePath(p.ID, "apps", string(app.ID), "remove")})
		}
	}
	return rows, err
}

func mandateRows(mandates []directory.Mandate, now time.Time, place idp.Place) (rows []mandateRow) {
	for _, m := range mandates {
		row := mandateRow{Name: m.Name, From: web.NewDay(m.From, place), Now: !now.Before(m.From), What: "Mandatory"}
		switch {
		case m.Administrators:
			row.What = "Passkeys, for administrators"
		case m.Passkeys:
			row.What = "Passkeys"
		}
		if m.App == "" {
			row.Name = "every app"
		}
		rows = append(rows, row)
	}
	return rows
}

// personBadge is the most important state of a person for support.
func personBadge(p directory.Person) web.Badge {
	unusual := people.Badges(p.User, p.Locked)
	switch {
	case len(unusual) > 0:
		return unusual[0]
	case len(p.Kinds) == 0:
		return web.Badge{Tone: web.ToneWarn, Text: "MFA not set up"}
	default:
		return web.Badge{Tone: web.ToneGood, Text: "MFA set up"}
	}
}
