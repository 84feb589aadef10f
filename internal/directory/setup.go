package directory

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

const (
	// SetupLifetime is how long an authenticator app that was begun may be confirmed.
	SetupLifetime = 30 * time.Minute
	// SetupCodeLifetime is how long the code works that was sent to a new number (NIST SP 800-63B-4, section 3.1.3: ten
	// minutes at most).
	SetupCodeLifetime = 10 * time.Minute
)

// Setup is an authenticator that is being added and is not confirmed: it does not count. The browser keeps it, sealed, between
// its forms, so that a reload and a wrong code find the same key (ABUSE 25).
type Setup struct {
	Sealed    idp.Secret // to be given back; holds key or number and code, for this person only
	Kind      idp.Kind
	TOTPKey   string // base32 in groups of four
	TOTPLink  string // otpauth://
	Phone     string // masked
	Typed     string // the same number in full: for the person who has just typed it
	Asked     string // KindPasskey, when it begins: what the browser is asked, in JSON
	ExpiresAt time.Time
}

// setup is what a Setup seals.
type setup struct {
	ID        idp.AuthenticatorID
	Kind      idp.Kind
	Key       string            // KindTOTP: base32
	Phone     string            // KindSMS: E.164
	Code      string            // KindSMS
	Challenge passkey.Challenge `json:",omitzero"` // KindPasskey
	ExpiresAt time.Time
}

// ViewSetup opens what was begun, to show it again. Errors: idp.CodeUsed if it is over, was not made here or is another
// person's: then it begins anew; idp.CodeForbidden for a caller who is no active person.
func (s *Account) ViewSetup(ctx context.Context, caller Caller, sealed idp.Secret, now time.Time) (Setup, error) {
	var user idp.User
	err := s.ask(ctx, caller, now, func(_ context.Context, q *query) error {
		user = q.actor.User
		return refuse(policy.MayManageSelf(q.actor))
	})
	if err != nil {
		return Setup{}, err
	}
	begun, err := s.openSetup(user, sealed, now)
	if err != nil {
		return Setup{}, err
	}
	return s.view(user, begun, sealed), nil
}

// sealSetup hands it out.
func (s *Account) sealSetup(user idp.User, begun setup) (Setup, error) {
	plain, err := json.Marshal(begun)
	if err != nil {
		return Setup{}, idp.Wrap(idp.CodeInternal, err)
	}
	sealed, err := s.Sealer.Seal(plain, setupPlace(user))
	if err != nil {
		return Setup{}, err
	}
	return s.view(user, begun, idp.NewSecret(base64.RawURLEncoding.EncodeToString(sealed))), nil
}

// openSetup takes it back. What can't be opened came from somewhere else, or was sealed with a key that is gone: either way
// there is nothing to go on with, and nothing is wrong with the store.
func (s *Account) openSetup(user idp.User, sealed idp.Secret, now time.Time) (setup, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed.Reveal())
	if err != nil || len(raw) == 0 {
		return setup{}, idp.ErrUsed
	}
	plain, err := s.Sealer.Open(raw, setupPlace(user))
	if err != nil {
		return setup{}, idp.ErrUsed
	}
	var begun setup
	if err := json.Unmarshal(plain, &begun); err != nil || !now.Before(begun.ExpiresAt) {
		return setup{}, idp.ErrUsed
	}
	return begun, nil
}

func setupPlace(user idp.User) string { return "account/setup/" + string(user.ID) }

func (s *Account) view(user idp.User, begun setup, sealed idp.Secret) Setup {
	shown := Setup{Sealed: sealed, Kind: begun.Kind, ExpiresAt: begun.ExpiresAt}
	switch begun.Kind {
	case idp.KindTOTP:
		key := idp.NewSecret(begun.Key)
		shown.TOTPKey, shown.TOTPLink = authenticator.GroupKey(key), authenticator.TOTPLink(s.config.Issuer, user.Username, key)
	case idp.KindSMS:
		shown.Phone, shown.Typed = authenticator.MaskPhone(idp.NewSecret(begun.Phone)), authenticator.ShowPhone(idp.NewSecret(begun.Phone))
	}
	return shown
}

// whoami reads who asks, for a step that changes nothing yet: it leaves no event, unless the caller is refused.
func (s *Account) whoami(ctx context.Context, name policy.Command, caller Caller, now time.Time) (user idp.User, err error) {
	err = s.run(ctx, name, caller, now, func(_ context.Context, c *command) error {
		user, err = c.self()
		if err == nil {
			c.event.Type = ""
		}
		return err
	})
	return user, err
}
