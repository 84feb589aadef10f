package redisstore

import (
	"context"
	"time"
)

// SeenProofs remembers which DPoP proofs were used; it is an oidcop.SeenProofs.
type SeenProofs struct{ store *Store }

// SeenProofs returns the proofs that were used.
func (s *Store) SeenProofs() *SeenProofs { return &SeenProofs{store: s} }

// See remembers the proof of this name for as long as it could be used, and reports whether it is seen for the first time: of any number
// of callers, by one.
func (p *SeenProofs) See(ctx context.Context, name string, life time.Duration) (first bool, err error) {
	kept, err := milliseconds(life)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	first, err = p.store.client.SetNX(ctx, proofKey(name), "1", time.Duration(kept)*time.Millisecond).Result()
	return first, translate(err)
}

func proofKey(name string) string { return prefix + "proof:" + name }
