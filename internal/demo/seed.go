package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// reader looks for what is there already.
type reader interface {
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	FindAccountByUsername(ctx context.Context, username string) (idp.Account, error)
}

// seeder creates what is missing and leaves alone what people changed, so that a demo can be stopped and started again.
type seeder struct {
	config    Config
	directory *directory.Directory
	found     reader
	now       time.Time
}

var system = directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "demo"}}

func (s seeder) practice(ctx context.Context, n directory.NewPractice) error {
	found, err := s.found.FindPractice(ctx, n.ID)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		_, err = s.directory.Practices.CreatePractice(ctx, system, n, s.now)
	case err == nil && found.Phone == "": // of a demo from before there were numbers
		_, err = s.directory.Practices.UpdatePractice(ctx, system, n.ID, directory.PracticeEdit{Version: found.Version, Phone: &n.Phone}, s.now)
	}
	return ignoreExisting(err)
}

// person returns the account as it is now.
func (s seeder) person(ctx context.Context, p person) (idp.Account, error) {
	_, err := s.found.FindAccountByUsername(ctx, p.username)
	if errors.Is(err, idp.ErrNotFound) {
		err = s.create(ctx, p)
	}
	if err := ignoreExisting(err); err != nil {
		return idp.Account{}, fmt.Errorf("demo: %s: %w", p.username, err)
	}
	return s.found.FindAccountByUsername(ctx, p.username)
}

func (s seeder) create(ctx context.Context, p person) error {
	user, err := s.directory.People.CreateUser(ctx, system, directory.NewUser{
		PracticeID: p.practice, Username: p.username, Name: p.name, Roles: p.roles, Password: idp.NewSecret(p.password),
	}, s.now)
	if err != nil || p.mfa == "" {
		return err
	}
	bound, err := s.directory.People.BindAuthenticator(ctx, system, directory.NewAuthenticator{
		PracticeID: p.practice, UserID: user.ID, Kind: p.mfa, TOTPKey: authenticator.NewTOTPKey(), Country: cmp.Or(p.country, "AU"), Phone: p.phone,
	}, s.now)
	if err != nil {
		return err
	}
	pin := directory.NewPIN{PracticeID: p.practice, UserID: user.ID, PIN: idp.NewSecret(p.pin)}
	if !bound.Phone.IsZero() {
		pin.Phones = []idp.Secret{bound.Phone}
	}
	return s.directory.People.SetPIN(ctx, system, pin, s.now)
}

// client returns the secret it has now. Ports may differ from those of the last start, and a lost demo.json must not lock an app
// out: then the registration is replaced.
func (s seeder) client(ctx context.Context, n directory.NewClient, known idp.Secret) (idp.Secret, error) {
	n.Secret = known
	if n.Secret.IsZero() {
		n.Secret = idp.RandomSecret(32)
	}
	current, err := s.found.FindClient(ctx, n.ID)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		_, _, err = s.directory.Clients.RegisterClient(ctx, system, n, s.now)
	case err == nil && !upToDate(current, n):
		_, err = s.directory.Clients.UpdateClient(ctx, system, current, n, s.now)
	}
	if err != nil {
		return idp.Secret{}, fmt.Errorf("demo: %s: %w", n.ID, err)
	}
	return n.Secret, nil
}

// enable gives the practices of an older demo the apps that have come since, and what they bring. An app that people have removed
// stays removed.
func (s seeder) enable(ctx context.Context, apps []idp.ClientID) error {
	for _, practice := range practices() {
		if practice.Kind == idp.PracticeAPS { // which has every app
			continue
		}
		for _, app := range apps {
			if err := s.directory.Practices.AddApp(ctx, system, practice.ID, app, s.now); err != nil {
				return fmt.Errorf("demo: %s: %w", app, err)
			}
		}
	}
	return nil
}

func upToDate(current idp.Client, n directory.NewClient) bool {
	return current.BackchannelLogoutURI == n.BackchannelLogoutURI && current.SignOnGroup == n.SignOnGroup &&
		current.SessionIdleTimeout == n.SessionIdleTimeout && slices.ContainsFunc(current.Secrets, func(s idp.ClientSecret) bool { return s.Hash == n.Secret.Hash() }) &&
		slices.Equal(current.RedirectURIs, n.RedirectURIs) && slices.Equal(current.Brings, n.Brings) &&
		slices.Equal(current.Scopes, slices.Sorted(slices.Values(n.Scopes)))
}

// ignoreExisting accepts that another node, started at the same time, was first.
func ignoreExisting(err error) error {
	if idp.CodeOf(err) == idp.CodeConflict {
		return nil
	}
	return err
}
