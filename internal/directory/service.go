package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Service runs the commands.
type Service struct {
	ledger        Ledger
	hasher        Hasher
	plainLoopback bool
}

// Config says what is allowed here.
type Config struct {
	// PlainLoopback lets web clients register http redirect URIs on a loopback address: where the issuer itself is one.
	PlainLoopback bool
}

// New returns the service.
func New(config Config, ledger Ledger, hasher Hasher) (*Service, error) {
	if ledger == nil || hasher == nil {
		return nil, errors.New("directory: a ledger and a hasher are needed")
	}
	return &Service{ledger: ledger, hasher: hasher, plainLoopback: config.PlainLoopback}, nil
}

// commit makes one change together with its audit event. What exists already is reported in the words of taken.
func (s *Service) commit(ctx context.Context, event idp.AuditEvent, taken error, change func(Unit) error) error {
	err := s.ledger.Commit(ctx, func(u Unit) error {
		if err := change(u); err != nil {
			return err
		}
		return u.AppendEvent(ctx, event)
	})
	if errors.Is(err, idp.ErrConflict) && taken != nil {
		return taken
	}
	return err
}

// done begins the event of a command that succeeds.
func done(kind string, actor idp.Actor, now time.Time) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewEventID(now), At: now, Type: kind, Actor: actor, Result: idp.ResultSuccess}
}

// exists is idp.CodeConflict with a text about field for whoever gave the input.
func exists(field, text string) error {
	return &idp.Error{Code: idp.CodeConflict, Field: field, Public: text}
}
