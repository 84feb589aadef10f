package directory

import (
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/proof"
)

// Directory is the services, one for each subject. They share one way of running a command: see runner.
type Directory struct {
	People    *People
	Practices *Practices
	Clients   *Clients
	Cases     *Cases
	Account   *Account
	Links     *Links
	Reminders *Reminders

	runner *runner
}

// People is what is asked and done about the people of a practice, by others than themselves.
type People struct{ *runner }

// Practices is what is asked and done about practices, their apps, their MFA and their activity.
type Practices struct{ *runner }

// Clients is what is asked and done about apps and integrations.
type Clients struct{ *runner }

// Cases is what is asked and done about support cases.
type Cases struct{ *runner }

// Account is what people do to their own account, signed in.
type Account struct{ *runner }

// Links is what people do without a sign-in: ask for an e-mail, and use the link in one.
type Links struct{ *runner }

// Reminders sends what is due.
type Reminders struct{ *runner }

// Ports are what the services need of others.
type Ports struct {
	Ledger  Ledger
	Records Records
	Hasher  Hasher
	Sealer  Sealer       // keeps an authenticator that is being added between two forms
	Codes   *proof.Codes // sends its code; nil where none is added: on the server's own command line
}

// Config says what is allowed here.
type Config struct {
	// PlainLoopback lets web clients register http redirect URIs on a loopback address: where the issuer itself is one.
	PlainLoopback bool
	// Issuer is what an authenticator app shows beside its codes.
	Issuer string
}

// New returns the services.
func New(config Config, ports Ports) (*Directory, error) {
	if ports.Ledger == nil || ports.Records == nil || ports.Hasher == nil || ports.Sealer == nil {
		return nil, errors.New("directory: a ledger, records, a hasher and a sealer are needed")
	}
	return over(&runner{Ports: ports, config: config}), nil
}

// over returns the services that give their commands to this runner.
func over(r *runner) *Directory {
	return &Directory{
		People: &People{r}, Practices: &Practices{r}, Clients: &Clients{r}, Cases: &Cases{r}, Account: &Account{r}, Links: &Links{r},
		Reminders: &Reminders{r}, runner: r,
	}
}

// done begins the event of a command that succeeds.
func done(kind idp.EventType, actor idp.Actor, now time.Time) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewEventID(now), At: now, Type: kind, Actor: actor, Result: idp.ResultSuccess}
}

// exists is idp.CodeConflict with a text about field for the caller who gave the input.
func exists(field, text string) error {
	return &idp.Error{Code: idp.CodeConflict, Field: field, Public: text}
}
