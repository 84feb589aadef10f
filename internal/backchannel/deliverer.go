package backchannel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbound"
)

// Keys signs (package keyring).
type Keys interface {
	// Sign returns payload as a compact JWS with kid and typ in its header. alg is "ES256" or "RS256".
	Sign(ctx context.Context, alg, typ string, payload []byte) (string, error)
}

// Clients reads relying parties.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Config is what an installation decides.
type Config struct {
	Issuer *url.URL // scheme and host: the `iss` of the tokens
	// AllowLoopback opens loopback addresses, by http too: for the demo and for tests. An issuer that is not on a loopback
	// address itself refuses it.
	AllowLoopback bool
}

// Deps are what the deliverer stands on. All are needed.
type Deps struct {
	Keys    Keys
	Clients Clients
	Audit   Audit
	Clock   func() time.Time
}

// Deliverer tells apps, one call for each message.
type Deliverer struct {
	issuer  string
	keys    Keys
	clients Clients
	events  *recorder
	clock   func() time.Time
	guard   outbound.Guard
	http    *http.Client
}

// New returns a deliverer. A missing dependency, or loopback addresses opened at an issuer that is not on one, is an error.
func New(config Config, deps Deps) (*Deliverer, error) {
	return build(config, deps, outbound.Network{})
}

func build(config Config, deps Deps, n outbound.Network) (*Deliverer, error) {
	switch {
	case deps.Keys == nil || deps.Clients == nil || deps.Audit == nil || deps.Clock == nil:
		return nil, errors.New("backchannel: keys, clients, audit and a clock are needed")
	case config.Issuer == nil || config.Issuer.Host == "":
		return nil, errors.New("backchannel: an issuer is needed")
	case config.AllowLoopback && !idp.IsLoopback(config.Issuer.Hostname()):
		return nil, errors.New("backchannel: loopback addresses are for the demo and for tests, whose issuer is on one itself")
	}
	g := outbound.NewGuard(config.AllowLoopback)
	return &Deliverer{
		issuer: config.Issuer.Scheme + "://" + config.Issuer.Host, keys: deps.Keys, clients: deps.Clients, events: newRecorder(deps.Audit),
		clock: deps.Clock, guard: g, http: outbound.NewClient(g, n),
	}, nil
}

// DeliverLogout tells the app, and returns nil once it knows, or if there is no app to be told any more; either is in the
// audit trail. It may be called again for a message that was delivered when the node died before it could say so.
//
// Errors: idp.ErrInvalid is final, the registered address can never be called; idp.ErrForbidden is the app's refusal; all
// others, idp.ErrUnavailable mostly, may pass with time. None quotes the address or the token.
func (d *Deliverer) DeliverLogout(ctx context.Context, l idp.Logout) error {
	now := d.clock()
	client, err := d.clients.FindClient(ctx, l.ClientID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("app of a logout: %w", err)
	}
	if err != nil || client.BackchannelLogoutURI == "" { // its registration changed since the message was queued
		return d.record(ctx, idp.EventLogoutFailed, l, idp.ResultFailure, idp.ReasonNotRegistered, now)
	}
	to, err := d.guard.Target("backchannel_logout_uri", client.BackchannelLogoutURI)
	if err != nil {
		return err
	}
	token, err := d.token(ctx, l, client, now)
	if err != nil {
		return err
	}
	if err := call(ctx, d.http, to, token); err != nil {
		return err
	}
	return d.record(ctx, idp.EventLogoutDelivered, l, idp.ResultSuccess, l.Reason.Reason(), now)
}

// GiveUpLogout records that the app could not be told; why is the last error of DeliverLogout.
func (d *Deliverer) GiveUpLogout(ctx context.Context, l idp.Logout, why error) error {
	reason := idp.ReasonUnreachable
	switch idp.CodeOf(why) {
	case idp.CodeInvalid:
		reason = idp.ReasonAddress
	case idp.CodeForbidden:
		reason = idp.ReasonRefused
	}
	return d.record(ctx, idp.EventLogoutFailed, l, idp.ResultFailure, reason, d.clock())
}

func (d *Deliverer) record(ctx context.Context, kind idp.EventType, l idp.Logout, result idp.Result, reason idp.Reason, now time.Time) error {
	err := d.events.append(ctx, idp.AuditEvent{
		ID: idp.NewEventID(now), At: now, Type: kind, Actor: idp.Actor{Kind: idp.ActorSystem},
		PracticeID: l.PracticeID, UserID: l.UserID, ClientID: l.ClientID, SID: l.SID, Result: result, Reason: reason,
	})
	if err != nil {
		return fmt.Errorf("record a logout: %w", err)
	}
	return nil
}
