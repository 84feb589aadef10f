package server

import (
	"io"
	"iter"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/account"
	"github.com/apscloud/apsid/internal/web/manage"
	"github.com/apscloud/apsid/internal/web/support"
)

// ownApps are the provider's own apps, each with a sign-in (package door) of its own.
func (f *front) ownApps() ([]router, error) {
	people, err := f.userManagement()
	if err != nil {
		return nil, err
	}
	account, err := f.yourAccount()
	if err != nil {
		return nil, err
	}
	desk, err := f.supportDesk()
	if err != nil {
		return nil, err
	}
	return []router{people, account, desk}, nil
}

func (f *front) supportDesk() (router, error) {
	entrance, err := f.door(idp.AppSupport, "/support")
	if err != nil {
		return nil, err
	}
	return support.New(support.Config{
		Pages: f.shown, Door: entrance, Practices: f.directory.Practices, People: f.directory.People, Clients: f.directory.Clients,
		Cases: f.directory.Cases,
	})
}

func (f *front) yourAccount() (router, error) {
	entrance, err := f.door(idp.AppAccount, "/account")
	if err != nil {
		return nil, err
	}
	return account.New(account.Config{
		Pages: f.shown, Door: entrance, Account: f.directory.Account, Links: f.directory.Links, People: f.directory.People,
		Practices: f.directory.Practices, Clients: f.clients, SignIns: f.signins, Cookies: f.cookies,
		Addresses: f.addresses, QRCode: authenticator.QRCode, Clock: f.deps.Clock,
	})
}

func (f *front) userManagement() (router, error) {
	entrance, err := f.door(idp.AppUserManagement, "/manage")
	if err != nil {
		return nil, err
	}
	return manage.New(manage.Config{
		Pages: f.shown, Door: entrance, People: f.directory.People, Practices: f.directory.Practices, Clients: f.directory.Clients, Names: f.stores.sql,
		CSV: exporter(auditlog.WriteCSV), JSONLines: exporter(auditlog.WriteJSONLines), Clock: time.Now, Log: f.deps.Logger,
	})
}

// exporter adapts a writer of package auditlog to the port of the pages that offer its output.
func exporter(write func(io.Writer, iter.Seq2[idp.AuditEvent, error], auditlog.Names) error) func(io.Writer, iter.Seq2[idp.AuditEvent, error], func(string) string) error {
	return func(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names func(string) string) error {
		return write(w, events, names)
	}
}
