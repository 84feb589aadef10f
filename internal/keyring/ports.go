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

// Key is one signing key as it is stored. It never changes after it was created.
type Key struct {
	ID          string     // `kid`: random, and says nothing
	Alg         string     // ES256 or RS256
	Private     idp.Secret // PKCS#8 DER in standard base64
	CreatedAt   time.Time
	SignFrom    time.Time // published before, signs from here on
	SignUntil   time.Time // its successor takes over
	VerifyUntil time.Time // the last token it signed is over
}

// Store keeps the keys that all nodes share, sealed, in SQL.
type Store interface {
	// ListKeys returns all keys, in no order.
	ListKeys(ctx context.Context) ([]Key, error)
	// CreateKey stores a key. It is idp.ErrConflict when there is one of this Alg with the same SignFrom: another node was
	// first, and its key is the one to use.
	CreateKey(ctx context.Context, k Key) error
}
