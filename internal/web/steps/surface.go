package steps

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
)

// SignIns runs the sign-ins; signin.Service implements it.
type SignIns interface {
	// View returns what the current step's page shows. Its errors: *signin.Restarted (the page was stale: a new sign-in was begun),
	// idp.ErrNotFound (the sign-in is unknown), idp.ErrBusy and idp.ErrUnavailable.
	View(ctx context.Context, b signin.Browser, now time.Time) (signin.View, error)
	// Submit takes the form of a step. A step that is not the current one changes nothing, and the outcome names the current
	// one. Its errors are those of View.
	Submit(ctx context.Context, b signin.Browser, step signin.State, form signin.Form, now time.Time) (signin.Outcome, error)
}

// Clients reads relying parties, to lead back to the app when a sign-in is gone.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Config is what New needs. All fields but TimeZone are needed.
type Config struct {
	Pages     *web.Pages
	SignIns   SignIns
	Clients   Clients
	Cookies   browser.Cookies
	Addresses browser.Addresses
	QRCode    func(link string) (png []byte, err error)
	Clock     func() time.Time
	TimeZone  string // IANA name, for clock times before the practice is known; "" is UTC
}

// Surface serves the pages of the sign-in.
type Surface struct {
	pages     *web.Pages
	signins   SignIns
	clients   Clients
	cookies   browser.Cookies
	addresses browser.Addresses
	qrCode    func(link string) ([]byte, error)
	clock     func() time.Time
	timeZone  string
}

// New returns the surface, or an error that names what is missing.
func New(config Config) (*Surface, error) {
	switch {
	case config.Pages == nil, config.SignIns == nil, config.Clients == nil:
		return nil, errors.New("the sign-in pages need pages, sign-ins and clients")
	case config.QRCode == nil, config.Clock == nil:
		return nil, errors.New("the sign-in pages need a QR code and a clock")
	}
	return &Surface{
		pages: config.Pages, signins: config.SignIns, clients: config.Clients, cookies: config.Cookies,
		addresses: config.Addresses, qrCode: config.QRCode, clock: config.Clock, timeZone: config.TimeZone,
	}, nil
}
