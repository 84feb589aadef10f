package support

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/trail"
)

// home is where the app lives; door needs the same.
const home = "/support"

// Config is what New needs. All of it is needed.
type Config struct {
	Pages     *web.Pages
	Door      *door.Door
	Practices *directory.Practices
	People    *directory.People
	Clients   *directory.Clients
	Cases     *directory.Cases
	Trail     *trail.Trail
}

// Surface is the support desk.
type Surface struct {
	Config
	kit kit.Kit
}

// New returns it, or an error if something is missing.
func New(config Config) (*Surface, error) {
	if config.Practices == nil || config.People == nil || config.Clients == nil || config.Cases == nil || config.Trail == nil {
		return nil, errors.New("support: practices, people, clients, cases and the trail are needed")
	}
	shared := kit.Kit{Pages: config.Pages, Door: config.Door, Home: home, Notes: kit.Good(notes()), Parts: []kit.Part{
		{Label: inDesk}, {Path: "/practices", Label: inPractices}, {Path: "/cases", Label: inCases}, {Path: "/explain", Label: inExplain},
	}}
	return &Surface{Config: config, kit: shared}, shared.Check()
}

// The parts of the app, as its navigation has them.
const (
	inDesk      = "Desk"
	inPractices = "Practices"
	inCases     = "Cases"
	inExplain   = "Explain a sign-in"
)

// frame is the frame around a page for this visitor.
func (s *Surface) frame(v door.Visitor, in, step, title string) web.Frame {
	f := s.kit.Frame(v, in, step, title)
	f.Shell.Staff = true
	return f
}

// show writes a page.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, status int, page string, f web.Frame, body any) error {
	return s.kit.Show(w, r, status, page, f, body)
}

// appNames reads the apps, for their names.
func (s *Surface) appNames(ctx context.Context, v door.Visitor) ([]idp.Client, error) {
	const most = 200 // of one page: APS has some ten
	apps, _, err := s.Clients.ListClients(ctx, v.Caller,
		directory.ClientQuery{Kinds: idp.AppKinds()}, directory.Page{Limit: most}, v.Now)
	return apps, err
}

// nameOf returns the name of an app; for one that is gone, its identifier.
func nameOf(apps []idp.Client, id idp.ClientID) string {
	for _, app := range apps {
		if app.ID == id {
			return app.Name
		}
	}
	return string(id)
}

// at is the address of a page below home.
func at(parts ...string) string {
	path := home
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func practicePath(id idp.PracticeID, more ...string) string {
	return at(append([]string{"practices", string(id)}, more...)...)
}

func userPath(id idp.UserID, more ...string) string {
	return at(append([]string{"users", string(id)}, more...)...)
}

func casePath(id idp.CaseID, more ...string) string {
	return at(append([]string{"cases", string(id)}, more...)...)
}
