package redisstore

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// assertionFor is how long an assertion is remembered: much longer than one may live, so that a clock that is set back revives
// none.
const assertionFor = time.Hour

// Assertions remembers which client assertions were used; it is an oidcop.Assertions.
type Assertions struct{ store *Store }

// Assertions returns the assertions that were used.
func (s *Store) Assertions() *Assertions { return &Assertions{store: s} }

// UseAssertion marks it as used; of any number of callers exactly one succeeds, and the others get idp.ErrUsed.
func (a *Assertions) UseAssertion(ctx context.Context, client idp.ClientID, jti string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	first, err := a.store.client.SetNX(ctx, assertionKey(client, jti), "1", assertionFor).Result()
	if err != nil {
		return translate(err)
	}
	if !first {
		return idp.ErrUsed
	}
	return nil
}

// assertionKey hashes the identifier, which may be of any length. A client's has no space.
func assertionKey(client idp.ClientID, jti string) string {
	return prefix + "assertion:" + idp.HashToken(string(client)+" "+jti)
}
