package server

import (
	"io"
	"iter"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/account"
	"github.com/apscloud/apsid/internal/web/manage"
	"github.com/apscloud/apsid/internal/web/support"
	"github.com/apscloud/apsid/internal/web/trail"
)

// ownApps are the provider's own apps, each with a sign-in (package door) of its own.
func (s *surfaces) ownApps() ([]router, error) {
	people, err := s.userManagement()
	if err != nil {
		return nil, err
	}
	account, err := s.yourAccount()
	if err != nil {
		return nil, err
	}
	desk, err := s.supportDesk()
	if err != nil {
		return nil, err
	}
	return []router{people, account, desk}, nil
}

func (s *surfaces) supportDesk() (router, error) {
	entrance, err := s.door(idp.AppSupport, "/support")
	if err != nil {
		return nil, err
	}
	return support.New(support.Config{
		Pages: s.pages, Door: entrance, Practices: s.directory.Practices, People: s.directory.People, Clients: s.directory.Clients,
		Cases: s.directory.Cases, Trail: s.trail,
	})
}

func (s *surfaces) yourAccount() (router, error) {
	entrance, err := s.door(idp.AppAccount, "/account")
	if err != nil {
		return nil, err
	}
	return account.New(account.Config{
		Pages: s.pages, Door: entrance, Account: s.directory.Account, Links: s.directory.Links, People: s.directory.People,
		Practices: s.directory.Practices, Trail: s.trail, Clients: s.clients, SignIns: s.signins, Cookies: s.cookies,
		Addresses: s.addresses, QRCode: authenticator.QRCode, Clock: s.deps.Clock,
	})
}

func (s *surfaces) userManagement() (router, error) {
	entrance, err := s.door(idp.AppUserManagement, "/manage")
	if err != nil {
		return nil, err
	}
	return manage.New(manage.Config{
		Pages: s.pages, Door: entrance, People: s.directory.People, Practices: s.directory.Practices, Clients: s.directory.Clients, Trail: s.trail,
		Names: s.stores.sql, Held: s.stores.redis.Held(), Clock: time.Now, Log: s.deps.Logger,
	})
}

// newTrail returns what the surfaces show of activity.
func newTrail(service string, d *directory.Directory, names trail.Names, log *slog.Logger) (*trail.Trail, error) {
	return trail.New(trail.Config{
		Practices: d.Practices, People: d.People, Names: names, Service: service,
		CSV: func(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names func(string) string, place idp.Place) error {
			return auditlog.WriteCSV(w, events, names, place)
		},
		JSONLines: func(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names func(string) string, _ idp.Place) error {
			return auditlog.WriteJSONLines(w, events, names)
		},
		Clock: time.Now, Log: log,
	})
}
