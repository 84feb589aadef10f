package oidcop

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Grant is what an authorization code stands for until it is redeemed.
type Grant struct {
	ClientID      idp.ClientID
	RedirectURI   string
	Scopes        []string
	Nonce         string
	CodeChallenge string // S256; empty: the request had none, and then a verifier is refused
	SID           idp.SID
	UserID        idp.UserID
	IssuedAt      time.Time
}

// Codes keeps authorization codes, by hash. They may vanish: then the app starts again.
type Codes interface {
	// CreateCode keeps the grant for ttl.
	CreateCode(ctx context.Context, hash string, g Grant, ttl time.Duration) error
	// ConsumeCode returns the grant to exactly one caller. Later ones get idp.ErrUsed together with the grant, for ten minutes
	// after the code was created, so that the reuse can end its session; after that, and for an unknown code, idp.ErrNotFound.
	ConsumeCode(ctx context.Context, hash string) (Grant, error)
}

// Reference is what an opaque access token stands for.
type Reference struct {
	ClientID   idp.ClientID
	Subject    string
	PracticeID idp.PracticeID
	Audience   []string
	Scopes     []string
	SID        idp.SID // "" for a machine
	ACR        idp.ACR
	AMR        []idp.AMR
	AuthTime   time.Time
	IssuedAt   time.Time
	ExpiresAt  time.Time
}

// References keeps opaque access tokens, by hash, until they expire, and remembers revoked JWTs as long.
type References interface {
	// CreateReference keeps it until its ExpiresAt.
	CreateReference(ctx context.Context, hash string, r Reference) error
	// FindReference returns idp.ErrNotFound for one that is gone.
	FindReference(ctx context.Context, hash string) (Reference, error)
	// DeleteReference removes it; one that is gone is no error.
	DeleteReference(ctx context.Context, hash string) error
	// DenyToken remembers the identifier (`jti`) of a revoked JWT until the token would have expired.
	DenyToken(ctx context.Context, jti string, until time.Time) error
	// TokenDenied reports whether it was revoked.
	TokenDenied(ctx context.Context, jti string) (bool, error)
}

// RefreshTokens keeps rotating refresh tokens, in SQL, by hash.
type RefreshTokens interface {
	// CreateRefreshToken stores the first token of a session.
	CreateRefreshToken(ctx context.Context, t idp.RefreshToken) error
	// FindRefreshToken returns it, used or not; idp.ErrNotFound if there is none.
	FindRefreshToken(ctx context.Context, hash string) (idp.RefreshToken, error)
	// RotateRefreshToken marks old as used and stores next, both or neither; of any number of callers exactly one succeeds, the
	// others get idp.ErrUsed. It is idp.ErrNotFound if there is no such token.
	RotateRefreshToken(ctx context.Context, oldHash string, next idp.RefreshToken, now time.Time) error
	// DeleteRefreshTokens removes all tokens of a session.
	DeleteRefreshTokens(ctx context.Context, sid idp.SID) error
}

// Clients reads relying parties. The implementation given to this package keeps them in memory.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Accounts reads people, for userinfo and for policy.
type Accounts interface {
	// FindAccount returns idp.ErrNotFound if there is none.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
}

// Audit writes events that have no change of their own beside them.
type Audit interface {
	// AppendEvent writes one event.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
}
