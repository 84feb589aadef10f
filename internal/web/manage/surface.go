package manage

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// home is where the app lives; door needs the same.
const home = "/manage"

// Config is what User Management+ is made of. All of it is needed.
type Config struct {
	Pages     *web.Pages
	Door      *door.Door
	Directory Directory
	Names     Names
	CSV       Exporter
	JSONLines Exporter
	// Clock is the machine's, for the deadlines of the network. The time of a command is the door's.
	Clock func() time.Time
	Log   *slog.Logger // where a download that breaks off is reported
}

// Surface is User Management+.
type Surface struct{ Config }

// New returns it, or an error if something is missing.
func New(config Config) (*Surface, error) {
	if config.Pages == nil || config.Door == nil || config.Directory == nil || config.Names == nil {
		return nil, errors.New("manage: pages, a door, a directory and names are needed")
	}
	if config.CSV == nil || config.JSONLines == nil || config.Clock == nil || config.Log == nil {
		return nil, errors.New("manage: two exporters, a clock and a logger are needed")
	}
	return &Surface{Config: config}, nil
}

// section is a part of the app, as its navigation has it.
type section string

const (
	inPeople       section = "People"
	inMFA          section = "MFA"
	inIntegrations section = "Integrations"
	inActivity     section = "Activity"
)

// frame is what is around a page for this visitor.
func frame(v door.Visitor, in section, step, title string) web.Frame {
	shell := v.Shell(home, string(in),
		web.NavItem{URL: home, Label: string(inPeople)},
		web.NavItem{URL: home + "/mfa", Label: string(inMFA)},
		web.NavItem{URL: home + "/integrations", Label: string(inIntegrations)},
		web.NavItem{URL: home + "/activity", Label: string(inActivity)},
	)
	return web.Frame{Step: step, Title: title, Shell: shell}
}

// show writes a page.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, status int, page string, f web.Frame, body any) error {
	f.Body = body
	s.Pages.Render(w, r, status, "manage/"+page, f)
	return nil
}
