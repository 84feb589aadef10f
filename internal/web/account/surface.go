package account

import (
	"errors"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// home is where the app lives; door needs the same.
const home = "/account"

// Config is what Your account is made of. All of it is needed.
type Config struct {
	Pages     *web.Pages
	Door      *door.Door
	Directory Directory
	Clients   Clients
	SignIns   SignIns
	Cookies   browser.Cookies
	Addresses browser.Addresses
	QRCode    func(link string) (png []byte, err error)
	Clock     func() time.Time
}

// Surface is Your account.
type Surface struct{ Config }

// New returns it, or an error if something is missing.
func New(config Config) (*Surface, error) {
	switch {
	case config.Pages == nil, config.Door == nil, config.Directory == nil, config.Clients == nil, config.SignIns == nil:
		return nil, errors.New("account: pages, a door, a directory, clients and sign-ins are needed")
	case config.QRCode == nil, config.Clock == nil:
		return nil, errors.New("account: a QR code and a clock are needed")
	}
	return &Surface{Config: config}, nil
}

// section is a part of the app, as its navigation has it.
type section string

const (
	inOverview section = "Overview"
	inCodes    section = "Security codes"
	inSessions section = "Sessions"
	inActivity section = "Activity"
)

// frame is what is around a page for this visitor.
func frame(v door.Visitor, in section, step, title string) web.Frame {
	shell := v.Shell(home, string(in),
		web.NavItem{URL: home, Label: string(inOverview)},
		web.NavItem{URL: authenticatorsPath, Label: string(inCodes)},
		web.NavItem{URL: home + "/sessions", Label: string(inSessions)},
		web.NavItem{URL: home + "/activity", Label: string(inActivity)},
	)
	shell.Account = "" // is where the visitor is
	return web.Frame{Step: step, Title: title, Shell: shell}
}

// form is what every page with a form knows of how it went.
type form struct {
	web.Problem
	Here string // the page's own address, where whoever has to prove again begins
}

// showForm writes a page with a form that has these fields.
func (s *Surface) showForm(w http.ResponseWriter, r *http.Request, page string, f web.Frame, body any, problem web.Problem, fields ...string) error {
	f.Alert = problem.Alert(fields...)
	f.Body = body
	s.Pages.Render(w, r, problem.Status, "account/"+page, f)
	return nil
}

// show writes any other page.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, page string, f web.Frame, body any) error {
	return s.showForm(w, r, page, f, body, web.NoProblem())
}

// problemOf words an error for the form that it came from; ok is false for one that is no matter of the form. A proof that is
// locked says until when.
func problemOf(err error, now time.Time, zone string) (p web.Problem, ok bool) {
	var e *idp.Error
	if errors.As(err, &e) && e.Code == idp.CodeBusy && e.RetryAfter >= time.Minute {
		until := web.NewClockTime(now.Add(e.RetryAfter), now, zone).Human
		return web.Problem{Status: http.StatusUnprocessableEntity, Text: "There were too many wrong tries. You can try again at " + until + "."}, true
	}
	return web.ProblemOf(err)
}

// proofs is how strongly a visitor has to prove again before something changes: with a security code, if there is a way to get
// one, whether policy asks for it at sign-in or not. Otherwise whoever has the password alone could take the rest.
func proofs(v door.Visitor) idp.ACR {
	if len(v.Account.Authenticators) > 0 {
		return idp.ACRMFA
	}
	return ""
}

// origin is who asks on a page that needs no sign-in.
func (s *Surface) origin(r *http.Request) directory.Origin {
	return directory.Origin{Address: s.Addresses.Of(r), UserAgent: browser.UserAgent(r)}
}

// recognise lets this browser count for itself from now on, should somebody else guess the password. Nothing rests on it, so
// that what was done stands without it.
func (s *Surface) recognise(w http.ResponseWriter, r *http.Request, username string, now time.Time) {
	cookie, err := s.SignIns.Recognise(r.Context(), s.Cookies.Known(r), username, now)
	if err == nil {
		s.Cookies.SetKnown(w, cookie, knownLifetime)
	}
}

// seeOther leads on after a form.
func seeOther(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
