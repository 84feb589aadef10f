package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Tokens tells what access tokens stand for; oidcop.Server implements it.
type Tokens interface {
	// VerifyAccess returns what the token stands for if it is good now: an access token of this provider, not expired, not revoked,
	// its client enabled and, for a person's, its session alive. Otherwise it is idp.ErrNotFound; other errors are those of the
	// stores. It does not look at the audience. found is false for a request without a token, which it takes from the Authorization
	// header alone. A token that is bound to a key is good with the proof of that key only (RFC 9449, section 7.1): an error that has a
	// method Challenge says what a wrong proof is answered with, and w gets the nonce of the next.
	VerifyAccess(w http.ResponseWriter, r *http.Request, now time.Time) (of idp.Reference, found bool, err error)
}

// Accounts reads people.
type Accounts interface {
	// FindAccount returns idp.ErrNotFound if there is none.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
}

// Clients reads relying parties.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Answers remembers what was answered to requests that carry an Idempotency-Key. It may forget an answer; the request is then
// carried out again.
type Answers interface {
	// Claim gives the name to one caller, for hold at most: of any number of callers exactly one gets it, with a nil answer. Later
	// callers get the answer, once there is one. Errors: idp.ErrConflict while the request is being carried out; idp.ErrInvalid for
	// a request other than the one that the name was given to.
	Claim(ctx context.Context, name, request, claim string, hold time.Duration) (answer []byte, err error)
	// Finish keeps the answer of the caller that holds the claim; idp.ErrConflict if the claim has ended or passed to another
	// caller.
	Finish(ctx context.Context, name, claim string, answer []byte, keep time.Duration) error
	// Release gives the name back; a claim that is not held is no error.
	Release(ctx context.Context, name, claim string) error
}
