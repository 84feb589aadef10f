package keyring

import (
	"crypto"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// snapshot is the ring at one moment: which keys sign, and which are public. It does not change; a refresh puts a new one in
// place.
type snapshot struct {
	signers map[string]*signer // by algorithm
	public  map[string]jose.JSONWebKey
	set     []jose.JSONWebKey // the same, newest first
}

// newSnapshot works out what keys mean at now. Keys that no longer verify anything are left out. One that cannot be read is
// an error and not left out: it would mean refusing tokens that are good.
func newSnapshot(keys []Key, now time.Time) (*snapshot, error) {
	s := &snapshot{signers: make(map[string]*signer), public: make(map[string]jose.JSONWebKey)}
	live := slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return !now.Before(k.VerifyUntil) })
	slices.SortFunc(live, func(a, b Key) int { return b.SignFrom.Compare(a.SignFrom) })
	for _, k := range live {
		private, err := material(k)
		if err != nil {
			return nil, err
		}
		public := jose.JSONWebKey{Key: private.Public(), KeyID: k.ID, Algorithm: k.Alg, Use: "sig"}
		s.public[k.ID] = public
		s.set = append(s.set, public)
		if signs, found := current(live, k.Alg, now); found && signs.ID == k.ID {
			s.signers[k.Alg] = &signer{kid: k.ID, alg: jose.SignatureAlgorithm(k.Alg), private: private}
		}
	}
	return s, nil
}

// signer signs with one key. The JOSE signer of each `typ` is built once; there are as many as this program has kinds of token.
type signer struct {
	kid     string
	alg     jose.SignatureAlgorithm
	private crypto.Signer
	byType  sync.Map // string -> jose.Signer
}

func (s *signer) sign(typ string, payload []byte) (string, error) {
	prebuilt, err := s.of(typ)
	if err != nil {
		return "", err
	}
	signature, err := prebuilt.Sign(payload)
	if err != nil {
		return "", err
	}
	return signature.CompactSerialize()
}

func (s *signer) of(typ string) (jose.Signer, error) {
	if prebuilt, ok := s.byType.Load(typ); ok {
		return prebuilt.(jose.Signer), nil
	}
	key := jose.SigningKey{Algorithm: s.alg, Key: jose.JSONWebKey{Key: s.private, KeyID: s.kid}}
	built, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return nil, fmt.Errorf("signer for %s %s: %w", s.alg, typ, err)
	}
	kept, _ := s.byType.LoadOrStore(typ, built)
	return kept.(jose.Signer), nil
}
