package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// Config is what an operator chooses.
type Config struct {
	Issuer   string         // the name beside a code in an authenticator app: "APS ID"
	TimeZone string         // IANA name for clock times before it is known who signs in
	Party    *passkey.Party // of passkeys; nil: this installation can't use any
}

// Ports are what the service stands on.
type Ports struct {
	Transactions Transactions
	Accounts     Accounts
	Passkeys     Passkeys
	Clients      Clients
	Sessions     Sessions
	Ledger       Ledger
	Passwords    *authenticator.Passwords
	OwnPasswords OwnPasswords
	Checks       PasswordChecks
	Sealer       Sealer
	Codes        *proof.Codes
	Rates        Rates
	Strangers    Strangers
	Log          *slog.Logger
}

// Service runs sign-ins. It is safe for concurrent use and keeps nothing between calls: any node can take any step.
type Service struct {
	Config
	Ports
}

// New returns a service; every port must be given.
func New(cfg Config, ports Ports) (*Service, error) {
	for name, missing := range map[string]bool{
		"Transactions": ports.Transactions == nil, "Accounts": ports.Accounts == nil, "Passkeys": ports.Passkeys == nil, "Clients": ports.Clients == nil,
		"Sessions": ports.Sessions == nil, "Ledger": ports.Ledger == nil, "Passwords": ports.Passwords == nil, "Sealer": ports.Sealer == nil,
		"OwnPasswords": ports.OwnPasswords == nil, "Checks": ports.Checks == nil, "Codes": ports.Codes == nil, "Rates": ports.Rates == nil,
		"Strangers": ports.Strangers == nil, "Log": ports.Log == nil,
	} {
		if missing {
			return nil, fmt.Errorf("sign-in: no %s", name)
		}
	}
	if _, err := time.LoadLocation(cfg.TimeZone); err != nil {
		return nil, fmt.Errorf("sign-in: %w", err)
	}
	return &Service{Config: cfg, Ports: ports}, nil
}

// Restarted is the error of a page that can't go on: its sign-in expired, or began in another browser, or the account changed
// meanwhile. A new sign-in with the same request was begun for this browser; nothing of the old one carries over.
type Restarted struct{ Begun Begun }

// Error implements error.
func (*Restarted) Error() string { return "the page was out of date, and the sign-in started again" }

// Unfinished is the error of Finish for a sign-in that has not reached its end: the browser belongs at State.
type Unfinished struct{ State State }

// Error implements error.
func (e *Unfinished) Error() string { return fmt.Sprintf("the sign-in is at %q", e.State) }

// Begin starts a sign-in for a request that package oidcop has checked, of a browser at this network address. Any caller can begin
// sign-ins, so a network begins so many in an hour; beyond that it is idp.ErrBusy with RetryAfter, and an event.
func (s *Service) Begin(ctx context.Context, request Request, address string, now time.Time) (Begun, error) {
	return s.begin(ctx, request, NoteNone, address, now)
}

// Admit counts a request that is kept for a sign-in to come, and that anybody can send: on the limit of the sign-ins that the network
// begins, as it takes as much room. Its error is that of Begin.
func (s *Service) Admit(ctx context.Context, client idp.ClientID, address string, now time.Time) error {
	return s.count(ctx, Request{ClientID: client}, address, now)
}

func (s *Service) count(ctx context.Context, request Request, address string, now time.Time) error {
	full, err := s.Rates.Take(ctx, now, idp.Use{Limit: idp.LimitSigninsByNetwork, Of: policy.Network(address)})
	if err == nil && full.Limit != "" {
		err = s.tooMany(ctx, request, address, full, now)
	}
	return err
}

func (s *Service) begin(ctx context.Context, request Request, note Note, address string, now time.Time) (Begun, error) {
	if err := s.count(ctx, request, address, now); err != nil {
		return Begun{}, err
	}
	cookie := idp.RandomSecret(32)
	tx := Transaction{
		ID: idp.NewID(""), Version: 1, State: StatePassword, Request: request, Binding: cookie.Hash(),
		CreatedAt: now, ExpiresAt: now.Add(Untouched), SID: idp.NewSID(), Username: request.LoginHint, Note: note,
	}
	tx, err := s.askAlone(tx, now)
	if err != nil {
		return Begun{}, err
	}
	if err := s.Transactions.Create(ctx, tx); err != nil {
		return Begun{}, err
	}
	again, err := s.sealAgain(tx)
	if err != nil {
		return Begun{}, err
	}
	return Begun{Transaction: tx.ID, Client: request.ClientID, State: tx.State, Cookie: cookie, Again: again, ExpiresAt: tx.ExpiresAt}, nil
}

// View returns what the page of the current step shows.
//
// Errors: *Restarted; idp.ErrNotFound if nothing is known of the sign-in; those of the stores.
func (s *Service) View(ctx context.Context, b Browser, now time.Time) (View, error) {
	tx, err := s.load(ctx, b, now)
	if err != nil {
		return View{}, err
	}
	v, err := s.view(ctx, tx, now)
	if errors.Is(err, idp.ErrConflict) { // the passkey that is asked for was removed
		return View{}, s.restart(ctx, tx.Request, b.Address, now)
	}
	return v, err
}

// Finish ends a sign-in that is done: exactly one call gets what the code is issued for.
//
// Errors: *Unfinished, and nothing changed; *Restarted; idp.ErrNotFound; those of the stores.
func (s *Service) Finish(ctx context.Context, b Browser, now time.Time) (Finished, error) {
	tx, err := s.load(ctx, b, now)
	if err != nil {
		return Finished{}, err
	}
	if tx.State != StateDone {
		return Finished{}, &Unfinished{State: tx.State}
	}
	started, err := s.Sessions.FindSession(ctx, tx.SID) // first: if SQL does not answer, the browser can come again
	if err != nil {
		return Finished{}, err
	}
	tx, err = s.Transactions.Consume(ctx, tx.ID)
	if err != nil {
		return Finished{}, err
	}
	if !started.EndedAt.IsZero() { // by a change since the last step: no code is worth issuing for it
		return Finished{}, s.restart(ctx, tx.Request, b.Address, now)
	}
	return Finished{Request: tx.Request, Session: started}, nil
}

// load returns the transaction if it is this browser's and still alive; otherwise it starts a new one from its request, which the
// browser has kept where the transaction is gone.
func (s *Service) load(ctx context.Context, b Browser, now time.Time) (Transaction, error) {
	tx, err := s.Transactions.Find(ctx, b.Transaction)
	if errors.Is(err, idp.ErrNotFound) {
		if request, kept := s.openAgain(b); kept {
			return Transaction{}, s.restart(ctx, request, b.Address, now)
		}
	}
	if err != nil {
		return Transaction{}, err
	}
	mine := subtle.ConstantTimeCompare([]byte(tx.Binding), []byte(b.Cookie.Hash())) == 1
	if b.Cookie.IsZero() || !mine || !now.Before(tx.ExpiresAt) {
		return Transaction{}, s.restart(ctx, tx.Request, b.Address, now)
	}
	return tx, nil
}

// tooMany records that a network has begun too many sign-ins, and says until when.
func (s *Service) tooMany(ctx context.Context, request Request, address string, full idp.Reached, now time.Time) error {
	if err := s.recordFull(ctx, request.ClientID, address, full, now); err != nil {
		return err
	}
	return idp.Busy(full.Until.Sub(now))
}

func (s *Service) restart(ctx context.Context, request Request, address string, now time.Time) error {
	begun, err := s.begin(ctx, request, NoteStartedAgain, address, now)
	if err != nil {
		return err
	}
	return &Restarted{Begun: begun}
}
