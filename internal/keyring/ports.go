package keyring

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// The signature algorithms there are (RFC 7518, section 3.1).
const (
	ES256 = "ES256"
	RS256 = "RS256"
)

// Key is one signing key as it is stored. Nothing of it changes after it was created but that it can be retired, once.
type Key struct {
	ID          string     // `kid`: random, and says nothing
	Alg         string     // ES256 or RS256
	Private     idp.Secret // PKCS#8 DER in standard base64
	CreatedAt   time.Time
	SignFrom    time.Time // published before, signs from here on
	SignUntil   time.Time // its successor takes over, if none has done so before
	VerifyUntil time.Time // the last token it signed is over
	RetiredAt   time.Time // it neither signs nor verifies from here on; zero: it was not retired
}

// Store keeps the keys that all nodes share, sealed, in SQL.
type Store interface {
	// ListKeys returns all keys, in no order.
	ListKeys(ctx context.Context) ([]Key, error)
	// CreateKey stores a key together with the event, unless that is zero. It is idp.ErrConflict when there is a key of this Alg with
	// the same SignFrom: another node was first, and its key is the one to use.
	CreateKey(ctx context.Context, k Key, e idp.AuditEvent) error
}

// Withdrawal is what the retirement of a key changes, all at once.
type Withdrawal struct {
	ID        string
	At        time.Time
	Successor *Key // signs in its place from At on; nil: the key did not sign
	Event     idp.AuditEvent
}

// Operations is a Store that an operator works on.
type Operations interface {
	Store
	// RetireKey withdraws a key. It is idp.ErrConflict for one that is not there, or was retired meanwhile.
	RetireKey(ctx context.Context, w Withdrawal) error
}
