package directory

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ownIdle is how long a session at one of the provider's own apps lasts without activity: they reach people's accounts
// (ISM-0428).
const ownIdle = 15 * time.Minute

// ownApp is one of the provider's own apps, as it is registered first. Later only what the issuer and the code decide is kept
// up to date.
type ownApp struct {
	id       idp.ClientID
	name     string
	home     string // the path under which it lives
	access   idp.ClientAccess
	lifetime time.Duration // 0: the default
}

func ownApps() []ownApp {
	return []ownApp{
		{id: idp.AppUserManagement, name: "User Management+", home: "/manage", access: idp.AccessManagers},
		{id: idp.AppSupport, name: "APS support desk", home: "/support", access: idp.AccessStaff, lifetime: 8 * time.Hour},
		{id: idp.AppAccount, name: "Your account", home: "/account", access: idp.AccessEveryone},
	}
}

// isOwnApp reports whether the provider itself keeps this registration.
func isOwnApp(id idp.ClientID) bool {
	return slices.ContainsFunc(ownApps(), func(app ownApp) bool { return app.id == id })
}

// RegisterOwnApps registers User Management+, the support desk and Your account, or brings their registrations in line with the
// issuer. It may run on any number of nodes at once: a registration that is right already stays as it is, and leaves no event.
//
// No client can redeem a code that is issued to them: they are registered to authenticate by a secret, and have none (see package
// door).
func (s *Clients) RegisterOwnApps(ctx context.Context, issuer *url.URL, now time.Time) error {
	caller := Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}
	for _, app := range ownApps() {
		err := s.run(ctx, policy.CommandRegisterOwnApps, caller, now, func(ctx context.Context, c *command) error {
			c.event.ClientID = app.id
			if err := c.shellOnly(); err != nil {
				return err
			}
			return c.registerOwn(ctx, app, issuer)
		})
		if err != nil {
			return fmt.Errorf("register %s: %w", app.id, err)
		}
	}
	return nil
}

// MoveIssuer records the issuer in place of the one before. Of nodes that do it together, one does; it leaves no event if another issuer
// than that is recorded.
func (s *Clients) MoveIssuer(ctx context.Context, before, after *url.URL, now time.Time) error {
	caller := Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}
	return s.run(ctx, policy.CommandMoveIssuer, caller, now, func(ctx context.Context, c *command) error {
		if err := c.shellOnly(); err != nil {
			return err
		}
		moved, err := c.ReplaceInstalled(ctx, idp.InstalledIssuer, before.String(), after.String(), c.now)
		if err != nil || !moved {
			c.event.Type = ""
			return err
		}
		c.event.Details = map[string]string{"from": before.String(), "to": after.String()}
		return nil
	})
}

func (c *command) registerOwn(ctx context.Context, app ownApp, issuer *url.URL) error {
	current, err := c.FindClient(ctx, app.id)
	if errors.Is(err, idp.ErrNotFound) {
		c.event.Details = map[string]string{"kind": string(idp.ClientWeb)}
		return c.CreateClient(ctx, app.follow(app.first(c.now), issuer))
	}
	if err != nil {
		return err
	}
	if current.Kind != idp.ClientWeb {
		return fmt.Errorf("the name belongs to a client of kind %s", current.Kind)
	}
	next := app.follow(current, issuer)
	if reflect.DeepEqual(current, next) {
		c.event.Type = ""
		return nil
	}
	c.event.Type = idp.EventClientUpdated
	next.UpdatedAt = c.now
	return c.UpdateClient(ctx, next)
}

// first returns the first registration, which APS may change afterwards.
func (a ownApp) first(now time.Time) idp.Client {
	return idp.Client{
		Registration: idp.Registration{
			ID: a.id, Name: a.name, Kind: idp.ClientWeb, IDTokenAlg: "ES256", Profile: idp.ProfileDefault,
			SessionLifetime: a.lifetime, SessionIdleTimeout: ownIdle,
		},
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
}

// follow sets the fields that the issuer and the code decide.
func (a ownApp) follow(c idp.Client, issuer *url.URL) idp.Client {
	home := issuer.JoinPath(a.home) // #nosec G125 -- a path of this program
	c.RedirectURIs = []string{home.JoinPath("callback").String()}
	c.InitiateLoginURI, c.PostLogoutRedirectURIs, c.BackchannelLogoutURI = home.String(), nil, ""
	c.Scopes, c.RefreshTokens, c.Access = []string{"openid"}, false, a.access
	c.AuthMethod, c.Secrets = idp.AuthBasic, nil
	return c
}
