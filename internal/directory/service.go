package directory

import (
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/proof"
)

// Directory holds the services, one for each subject. They share one way of running a command: see runner.
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

// People has the queries and commands about the people of a practice, given by other callers than these people themselves.
type People struct{ *runner }

// Practices has the queries and commands about practices, their apps, their MFA and their activity.
type Practices struct{ *runner }

// Clients has the queries and commands about apps and integrations.
type Clients struct{ *runner }

// Cases has the queries and commands about support cases.
type Cases struct{ *runner }

// Account has the queries and commands of signed-in people about their own account.
type Account struct{ *runner }

// Links has what visitors do without a sign-in: ask for an e-mail, and use the link in one.
type Links struct{ *runner }

// Reminders sends the reminders that are due.
type Reminders struct{ *runner }

// Ports are the stores and tools that the services need.
type Ports struct {
	Ledger  Ledger
	Records Records
	Hasher  Hasher
	Asked   Asked  // nil on the server's own command line, where no visitor asks
	Rates   Rates  // counts what has a limit; nil on the server's own command line, which has none
	Sealer  Sealer // keeps an authenticator that is being added between two forms
	// Passkeys asks for passkeys and checks them; nil where there are none, and on the server's own command line.
	Passkeys *passkey.Party
	Codes    *proof.Codes // sends its code; nil on the server's own command line, where no authenticator is added
}

// Config holds the settings of this installation.
type Config struct {
	// PlainLoopback lets web and browser clients register http addresses on a loopback address, and limits of inactivity as short as for
	// the demo: where the issuer itself is one.
	PlainLoopback bool
	// Origin is scheme and host of the issuer, where no API can be; "": not known, on the server's own command line.
	Origin string
	// OwnScopes are those of the provider's own APIs, which no registered API can have.
	OwnScopes []string
	// Passkeys says that people of this installation can use passkeys: nothing may need them otherwise.
	Passkeys bool
	// Issuer is what an authenticator app shows beside its codes.
	Issuer string
}

// New returns the services.
func New(config Config, ports Ports) (*Directory, error) {
	if ports.Ledger == nil || ports.Records == nil || ports.Hasher == nil || ports.Sealer == nil {
		return nil, errors.New("directory: a ledger, records, a hasher and a sealer are needed")
	}
	return over(&runner{Ports: ports, config: config, turns: &turns{}}), nil
}

// over returns the services that run their commands with this runner.
func over(r *runner) *Directory {
	return &Directory{
		People: &People{r}, Practices: &Practices{r}, Clients: &Clients{r}, Cases: &Cases{r}, Account: &Account{r}, Links: &Links{r},
		Reminders: &Reminders{r}, runner: r,
	}
}

// done returns the event of a command that succeeds, to be completed by the caller.
func done(kind idp.EventType, actor idp.Actor, now time.Time) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewEventID(now), At: now, Type: kind, Actor: actor, Result: idp.ResultSuccess}
}

// exists returns idp.CodeConflict with a text for the caller about the field whose value is taken.
func exists(field, text string) error {
	return &idp.Error{Code: idp.CodeConflict, Field: field, Public: text}
}
