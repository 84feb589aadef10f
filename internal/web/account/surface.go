package account

import (
	"errors"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/trail"
)

// home is where the app lives; door needs the same.
const home = "/account"

// Config is what Your account is made of. All of it is needed.
type Config struct {
	Pages     *web.Pages
	Door      *door.Door
	Account   *directory.Account
	Links     *directory.Links
	People    *directory.People    // for the visitor's sessions
	Practices *directory.Practices // for what happened to the visitor
	Trail     *trail.Trail         // the same, for the pages that list it
	Clients   Clients
	SignIns   SignIns
	Cookies   browser.Cookies
	Addresses browser.Addresses
	QRCode    func(link string) (png []byte, err error)
	Clock     func() time.Time
}

// Surface is Your account.
type Surface struct {
	Config
	kit kit.Kit
}

// New returns it, or an error if something is missing.
func New(config Config) (*Surface, error) {
	switch {
	case config.Account == nil, config.Links == nil, config.People == nil, config.Practices == nil, config.Trail == nil:
		return nil, errors.New("account: the account, links, people, practices and the trail are needed")
	case config.Clients == nil, config.SignIns == nil:
		return nil, errors.New("account: clients and sign-ins are needed")
	case config.QRCode == nil, config.Clock == nil:
		return nil, errors.New("account: a QR code and a clock are needed")
	}
	shared := kit.Kit{Pages: config.Pages, Door: config.Door, Home: home, Notes: notes(), Parts: []kit.Part{
		{Label: inOverview}, {Path: "/authenticators", Label: inWays}, {Path: "/sessions", Label: inSessions}, {Path: "/activity", Label: inActivity},
	}}
	return &Surface{Config: config, kit: shared}, shared.Check()
}

// The parts of the app, as its navigation has them.
const (
	inOverview = "Overview"
	inWays     = "Sign-in"
	inSessions = "Sessions"
	inActivity = "Activity"
)

// waysToSignIn is the title of the part that the navigation has room for a shorter word for.
const waysToSignIn = "Ways to sign in"

// frame is what is around a page for this visitor.
func (s *Surface) frame(v door.Visitor, in, step, title string) web.Frame {
	f := s.kit.Frame(v, in, step, title)
	f.Shell.Account = "" // is where the visitor is
	return f
}

// form is the result of a form, for every page that has one.
type form struct {
	web.Problem
	Here string // the page's own address, where a visitor who has to prove again begins
}

// showForm writes a page with a form that has these fields.
func (s *Surface) showForm(w http.ResponseWriter, r *http.Request, page string, f web.Frame, body any, problem web.Problem, fields ...string) error {
	f.Alert = problem.Alert(fields...)
	return s.kit.Show(w, r, problem.Status, page, f, body)
}

// show writes any other page.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, page string, f web.Frame, body any) error {
	return s.showForm(w, r, page, f, body, web.NoProblem())
}

// problemOf words an error for the form that it came from; ok is false for an error that the form can't explain. For a proof
// that is locked it says until when.
func problemOf(err error, now time.Time, place idp.Place) (p web.Problem, ok bool) {
	var stale *policy.StaleProofError
	if errors.As(err, &stale) {
		p, ok = web.ProblemOf(err)
		p.Text = "It is a while since you proved who you are. Confirm it, then fill in this page again. Nothing was changed."
		return p, ok
	}
	var e *idp.Error
	if errors.As(err, &e) && e.Code == idp.CodeBusy && e.Public == "" && e.RetryAfter >= time.Minute {
		until := web.NewClockTime(now.Add(e.RetryAfter), now, place).Human
		return web.Problem{Status: http.StatusUnprocessableEntity, Text: "There were too many wrong tries. You can try again at " + until + "."}, true
	}
	return web.ProblemOf(err)
}

// origin is the browser that makes a request for a page without a sign-in.
func (s *Surface) origin(r *http.Request) directory.Origin {
	return directory.Origin{Address: s.Addresses.Of(r), UserAgent: browser.UserAgent(r)}
}

// recognise gives this browser its own counter of wrong passwords from now on, so that an attacker who guesses elsewhere does
// not lock it. Nothing else depends on it, so an error is not an error of what was done.
func (s *Surface) recognise(w http.ResponseWriter, r *http.Request, username string, now time.Time) {
	cookie, err := s.SignIns.Recognise(r.Context(), s.Cookies.Known(r), username, now)
	if err == nil {
		s.Cookies.SetKnown(w, cookie, knownLifetime)
	}
}

// seeOther leads on after a form.
func seeOther(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther) // #nosec G710 -- a path of this program
	return nil
}
