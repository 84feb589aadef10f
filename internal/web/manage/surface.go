package manage

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/trail"
)

// home is where the app lives; door needs the same.
const home = "/manage"

// Config is what New needs. All of it is needed.
type Config struct {
	Pages     *web.Pages
	Door      *door.Door
	People    *directory.People
	Practices *directory.Practices
	Clients   *directory.Clients
	Trail     *trail.Trail
	Names     Names
	Held      Held
	// Clock is the machine's, for the deadlines of the network. The time of a command is the door's.
	Clock func() time.Time
	Log   *slog.Logger // where a download that breaks off is reported
}

// Surface is User Management+.
type Surface struct {
	Config
	kit kit.Kit
}

// New returns it, or an error if something is missing.
func New(config Config) (*Surface, error) {
	if config.People == nil || config.Practices == nil || config.Clients == nil || config.Trail == nil {
		return nil, errors.New("manage: people, practices, clients and the trail are needed")
	}
	if config.Names == nil || config.Held == nil || config.Clock == nil || config.Log == nil {
		return nil, errors.New("manage: names, what is held between pages, a clock and a logger are needed")
	}
	shared := kit.Kit{Pages: config.Pages, Door: config.Door, Home: home, Notes: kit.Good(notes()), Parts: []kit.Part{
		{Label: inPeople}, {Path: "/mfa", Label: inMFA}, {Path: "/integrations", Label: inIntegrations}, {Path: "/activity", Label: inActivity},
	}}
	return &Surface{Config: config, kit: shared}, shared.Check()
}

// The parts of the app, as its navigation has them.
const (
	inPeople       = "People"
	inMFA          = "MFA"
	inIntegrations = "Integrations"
	inActivity     = "Activity"
)

// frame is the frame around a page for this visitor.
func (s *Surface) frame(v door.Visitor, in, step, title string) web.Frame {
	return s.kit.Frame(v, in, step, title)
}

// show writes a page.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, status int, page string, f web.Frame, body any) error {
	return s.kit.Show(w, r, status, page, f, body)
}

// userPath is the address of a person, or of a page about them.
func userPath(id idp.UserID, more ...string) string {
	return strings.Join(append([]string{home, "users", url.PathEscape(string(id))}, more...), "/")
}
