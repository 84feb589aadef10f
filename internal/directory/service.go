package directory

import (
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Service runs the commands and the queries.
type Service struct {
	Ports
	config   Config
	together bool // inside of Together: a command that collided can't be begun again by itself
}

// Ports are what it needs of others.
type Ports struct {
	Ledger  Ledger
	Records Records
	Hasher  Hasher
	Sealer  Sealer    // keeps an authenticator that is being added between two forms
	SMS     SMSSender // sends its code
	Texts   Texts
	Limits  SMSLimits
}

// Config says what is allowed here.
type Config struct {
	// PlainLoopback lets web clients register http redirect URIs on a loopback address: where the issuer itself is one.
	PlainLoopback bool
	// Issuer is what an authenticator app shows beside its codes.
	Issuer string
}

// New returns the service.
func New(config Config, ports Ports) (*Service, error) {
	if ports.Ledger == nil || ports.Records == nil || ports.Hasher == nil || ports.Sealer == nil {
		return nil, errors.New("directory: a ledger, records, a hasher and a sealer are needed")
	}
	return &Service{Ports: ports, config: config}, nil
}

// done begins the event of a command that succeeds.
func done(kind string, actor idp.Actor, now time.Time) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewEventID(now), At: now, Type: kind, Actor: actor, Result: idp.ResultSuccess}
}

// exists is idp.CodeConflict with a text about field for whoever gave the input.
func exists(field, text string) error {
	return &idp.Error{Code: idp.CodeConflict, Field: field, Public: text}
}
