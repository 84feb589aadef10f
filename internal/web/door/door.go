package door

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
)

// Sessions answers for signed-in browsers; session.Service implements it.
type Sessions interface {
	// Current returns the live session of this browser at this app, with its person; an idp.ErrNotFound if it has none.
	Current(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (idp.SignedIn, error)
	// Seen records that the person is active now.
	Seen(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) error
	// End ends it and writes the event; one that was ended before is left alone.
	End(ctx context.Context, sid idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) error
}

// Accounts reads people.
type Accounts interface {
	// FindAccount returns idp.ErrNotFound if there is none.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
}

// Clients reads relying parties.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Config is what New needs. All of it is needed.
type Config struct {
	Client    idp.ClientID
	Issuer    *url.URL
	Home      string // the path under which the app lives: "/manage"
	Pages     *web.Pages
	Sessions  Sessions
	Accounts  Accounts
	Clients   Clients
	Cookies   browser.Cookies
	Addresses browser.Addresses
	Clock     func() time.Time
}

// Door is the way into one app: the sign-in, the session at each request, and the sign-out.
type Door struct{ config Config }

// New returns the door, or an error if something is missing.
func New(config Config) (*Door, error) {
	if config.Client == "" || config.Issuer == nil || len(config.Home) < 2 || config.Home[0] != '/' {
		return nil, errors.New("door: a client, an issuer and a path are needed")
	}
	if config.Pages == nil || config.Sessions == nil || config.Accounts == nil || config.Clients == nil || config.Clock == nil {
		return nil, errors.New("door: pages, sessions, accounts, clients and a clock are needed")
	}
	return &Door{config: config}, nil
}

// Handler is a page of the app, for a visitor who is signed in. web.Pages.Fail answers its error.
type Handler func(w http.ResponseWriter, r *http.Request, v Visitor) error

// Enter lets in only people who have a session at this app and may use it now; others are sent to sign in, and come back to the
// page that they asked for. A form of a person whose session is over is not carried out: the page says so after the sign-in.
func (d *Door) Enter(next Handler) http.Handler {
	return d.config.Pages.SameOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		v, err := d.visitor(r)
		switch {
		case errors.Is(err, idp.ErrNotFound):
			d.signIn(w, r, proofs{back: d.backFrom(r)})
		case err != nil:
			d.config.Pages.Fail(w, r, err)
		default:
			if err := next(w, r, v); err != nil {
				d.config.Pages.Fail(w, r, err)
			}
		}
	}))
}

// visitor reads who is signed in; idp.ErrNotFound if no one is signed in here, or they may not use this app.
func (d *Door) visitor(r *http.Request) (Visitor, error) {
	ctx, now := r.Context(), d.config.Clock()
	client, err := d.config.Clients.FindClient(ctx, d.config.Client)
	if err != nil {
		return Visitor{}, idp.Wrap(idp.CodeUnavailable, err) // the provider's own app always exists
	}
	cookie, err := d.config.Cookies.Session(r, client.ID)
	if err != nil {
		return Visitor{}, err
	}
	here, err := d.config.Sessions.Current(ctx, cookie, client, now)
	if err != nil {
		return Visitor{}, err
	}
	if policy.Suffices(here.Session.ACR, here.User, here.Practice, client, now) != policy.FallenNothing {
		return Visitor{}, idp.ErrNotFound
	}
	account, err := d.config.Accounts.FindAccount(ctx, here.User.ID)
	if err != nil {
		return Visitor{}, err
	}
	if err := d.config.Sessions.Seen(ctx, here.Session.ID, client, now); err != nil {
		return Visitor{}, err
	}
	return Visitor{Account: account, Session: here.Session, Client: client, Now: now, Caller: d.caller(r, account, here.Session)}, nil
}

func (d *Door) caller(r *http.Request, account idp.Account, here idp.Session) directory.Caller {
	kind := idp.ActorUser
	if account.Practice.Kind == idp.PracticeAPS && account.User.HasRole(idp.RoleAPSStaff) {
		kind = idp.ActorStaff
	}
	return directory.Caller{
		Actor:   idp.Actor{Kind: kind, ID: string(account.User.ID)},
		Address: d.config.Addresses.Of(r), UserAgent: browser.UserAgent(r),
		Proved: policy.Proved{ACR: here.ACR, At: here.AuthTime}, SID: here.ID,
	}
}
