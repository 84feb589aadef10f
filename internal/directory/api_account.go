package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Setup is an authenticator that is being added and is not confirmed: it does not count. The page keeps it, sealed, between
// its forms.
type Setup struct {
	Sealed    idp.Secret // to be given back; holds key or number and code, for this person only
	Kind      idp.Kind
	TOTPKey   string // base32 in groups of four
	TOTPLink  string // otpauth://
	Phone     string // masked
	ExpiresAt time.Time
}

// BeginTOTP begins to add an authenticator app to the caller's own account.
func (s *Service) BeginTOTP(ctx context.Context, caller Caller, now time.Time) (Setup, error) {
	return Setup{}, errPending
}

// BeginSMS sends a code to a mobile number that the caller wants to add.
func (s *Service) BeginSMS(ctx context.Context, caller Caller, country, phone string, now time.Time) (Setup, error) {
	return Setup{}, errPending
}

// ConfirmAuthenticator binds what was begun, after one good code. The old address and number are told.
func (s *Service) ConfirmAuthenticator(ctx context.Context, caller Caller, setup, code idp.Secret, label string, now time.Time) (idp.Authenticator, error) {
	return idp.Authenticator{}, errPending
}

// RenameAuthenticator labels one of the caller's own.
func (s *Service) RenameAuthenticator(ctx context.Context, caller Caller, id idp.AuthenticatorID, label string, now time.Time) error {
	return errPending
}

// RemoveAuthenticator removes one of the caller's own; the last one stays where MFA is required (ABUSE 31).
func (s *Service) RemoveAuthenticator(ctx context.Context, caller Caller, id idp.AuthenticatorID, now time.Time) error {
	return errPending
}

// ChangePIN replaces the caller's own recovery PIN.
func (s *Service) ChangePIN(ctx context.Context, caller Caller, pin, confirm idp.Secret, now time.Time) error {
	return errPending
}
