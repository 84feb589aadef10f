package oidcop

import (
	"crypto/sha256"
	"sync"
)

// knownTokens remembers what access tokens say whose signature was verified here: an app asks with the same token again and again, and a
// verification costs more than all else that is done with it. Whether a token is good now is asked each time: it may have expired, been
// revoked, its session may be over, its key gone.
type knownTokens struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]knownToken
}

// knownToken is shared by those who find it: read only.
type knownToken struct {
	claims accessClaims
	kid    string
}

// keptTokens is how many are remembered at least, and half of how many at most. One takes about a kilobyte.
const keptTokens = 4096

func (k *knownTokens) find(token string) (knownToken, bool) {
	sum := sha256.Sum256([]byte(token))
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, found := k.young[sum]; found {
		return known, true
	}
	known, found := k.old[sum]
	return known, found
}

func (k *knownTokens) keep(token string, known knownToken) {
	sum := sha256.Sum256([]byte(token))
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.young) >= keptTokens {
		k.old, k.young = k.young, nil
	}
	if k.young == nil {
		k.young = make(map[[sha256.Size]byte]knownToken)
	}
	k.young[sum] = known
}
