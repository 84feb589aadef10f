package keyring

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// snapshot is the ring at one moment: which keys sign, and which are public. It does not change; a refresh puts a new one in
// place.
type snapshot struct {
	signers  map[string]*signer // by algorithm
	public   map[string]jose.JSONWebKey
	set      []jose.JSONWebKey // the same, newest first
	document []byte            // the set as it is published
	gone     map[string]bool   // identifiers of keys that are retired, or over
	until    time.Time         // when it must be made again though no key changes: one begins to sign, or is over; zero: never
}

// newSnapshot works out what keys mean at now. Keys that no longer verify anything are left out. One that cannot be read is
// an error and not left out: it would mean refusing tokens that are good.
func newSnapshot(keys []Key, now time.Time) (*snapshot, error) {
	s := &snapshot{signers: make(map[string]*signer), public: make(map[string]jose.JSONWebKey), gone: make(map[string]bool)}
	for _, k := range slices.SortedFunc(slices.Values(keys), func(a, b Key) int { return b.SignFrom.Compare(a.SignFrom) }) {
		state := stateOf(keys, k, now)
		if state == Retired || state == Over {
			s.gone[k.ID] = true
			continue
		}
		private, err := material(k)
		if err != nil {
			return nil, err
		}
		public := jose.JSONWebKey{Key: private.Public(), KeyID: k.ID, Algorithm: k.Alg, Use: "sig"}
		s.public[k.ID] = public
		s.set = append(s.set, public)
		if state == Signs {
			s.signers[k.Alg] = &signer{kid: k.ID, alg: k.Alg, private: private}
		}
		_, over := until(keys, k)
		s.ends(k.SignFrom, now)
		s.ends(over, now)
	}
	return s, s.publish()
}

// ends bounds how long s holds by a moment that is still to come.
func (s *snapshot) ends(at, now time.Time) {
	if at.After(now) && (s.until.IsZero() || at.Before(s.until)) {
		s.until = at
	}
}

// publish writes the key set once for all who ask for it (RFC 7517, section 5). It refuses a key that is not public: it is the last check
// before the document is sent.
func (s *snapshot) publish() (err error) {
	for _, key := range s.set {
		if !key.IsPublic() {
			return fmt.Errorf("key %q is not a public key", key.KeyID)
		}
	}
	s.document, err = json.Marshal(jose.JSONWebKeySet{Keys: s.set})
	return err
}
