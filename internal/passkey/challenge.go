package passkey

import (
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/apscloud/apsid/internal/idp"
)

// Lifetime is how long a browser has to answer, with a person who looks for their key meanwhile (WebAuthn level 3, section 15.1, has
// five to ten minutes).
const Lifetime = 10 * time.Minute

// Purpose says what a ceremony is for.
type Purpose string

// The purposes there are.
const (
	Adding Purpose = "adding"
	Second Purpose = "second" // a second factor, after the password: it is known who has to answer
	Alone  Purpose = "alone"  // password and code in one: the answer says who it is, and the authenticator has made sure of that
)

// Challenge is what a ceremony that has begun is checked against. It belongs to one sign-in, or one page, of one browser: the caller keeps
// it there, where the browser can't change it, and forgets it with the answer that comes, right or wrong. It is no secret.
//
// That a right answer counts once does not rest on that: the store spends the challenge of an answer, and one that adds binds the
// authenticator that Adds names, which is bound once.
type Challenge struct {
	Value     string              `json:"value"` // 32 random bytes in unpadded base64url
	Purpose   Purpose             `json:"purpose"`
	Binding   string              `json:"binding"`           // idp.HashToken of what it belongs to
	UserID    idp.UserID          `json:"user_id,omitempty"` // who has to answer; "" for Alone
	Handle    idp.UserHandle      `json:"handle,omitempty"`  // of that person
	Adds      idp.AuthenticatorID `json:"adds,omitempty"`    // for Adding: the authenticator that the answer binds
	ExpiresAt time.Time           `json:"expires_at"`
}

// Person is whose ceremony begins.
type Person struct {
	ID       idp.UserID
	Handle   idp.UserHandle
	Username string
	Name     string
	Bound    []idp.Authenticator // what they have; other kinds may be among them
}

// begun returns the challenge that the library made, for this binding.
func begun(purpose Purpose, value protocol.URLEncodedBase64, binding string, now time.Time) Challenge {
	return Challenge{
		Value: base64.RawURLEncoding.EncodeToString(value), Purpose: purpose, Binding: idp.HashToken(binding), ExpiresAt: now.Add(Lifetime),
	}
}

// open refuses a challenge that can't be answered here and now: by an answer for one of these purposes.
func (c Challenge) open(binding string, now time.Time, purposes ...Purpose) error {
	switch {
	case subtle.ConstantTimeCompare([]byte(c.Binding), []byte(idp.HashToken(binding))) != 1:
		return refuse(idp.ReasonPasskeyTransaction, nil)
	case !slices.Contains(purposes, c.Purpose):
		return refuse(idp.ReasonPasskeyType, nil)
	case !now.Before(c.ExpiresAt):
		return refuse(idp.ReasonPasskeyLate, nil)
	default:
		return nil
	}
}
