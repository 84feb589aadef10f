package signin

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// sprayed reports until when no password is compared that comes from this network, because too many wrong ones did: someone tries a
// few passwords on many user names, where no counter of a person fills. The zero time: they are compared. A refusal does not show
// whether the password is right. It is an event, of which there is one a minute.
func (s *Service) sprayed(ctx context.Context, p post) (until time.Time, err error) {
	full, err := s.Rates.Full(ctx, p.now, policy.WrongPassword(p.browser.Address)...)
	if err != nil || full.Limit == "" {
		return time.Time{}, err
	}
	return full.Until, s.recordFull(ctx, p.tx.Request.ClientID, p.browser.Address, full, p.now)
}

// countWrong counts a wrong password on the network it came from.
func (s *Service) countWrong(ctx context.Context, p post) error {
	_, err := s.Rates.Take(ctx, p.now, policy.WrongPassword(p.browser.Address)...)
	return err
}

// recordFull records which limit of a network is full. Whoever repeats it causes one event a minute: the ledger counts the others.
func (s *Service) recordFull(ctx context.Context, client idp.ClientID, address string, full idp.Reached, now time.Time) error {
	return s.Ledger.Commit(ctx, func(u Unit) error {
		return u.AppendEvent(ctx, idp.AuditEvent{
			ID: idp.NewEventID(now), At: now, Type: idp.EventRequestRefused, Actor: idp.Actor{Kind: idp.ActorUser}, Result: idp.ResultFailure,
			Reason: idp.ReasonTooMany, ClientID: client, Address: address, Details: map[string]string{"limit": string(full.Limit)},
		})
	})
}
