package keyring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
)

// Config is how a ring works.
type Config struct {
	RotateEvery time.Duration // how long a key signs; 0: as the constant says
	Log         *slog.Logger
}

// Ring signs with the current keys and publishes all that still verify. It is safe for concurrent use.
type Ring struct {
	store   Store
	every   time.Duration
	log     *slog.Logger
	held    atomic.Pointer[snapshot]
	turn    sync.Mutex // one refresh at a time, so that an older list never replaces a newer one
	inquiry inquiry
}

// Open loads the keys and creates those that are missing: on a first start, one for each algorithm, which sign at once. Nodes
// that start together end up with the same keys. Its errors are the store's, and idp.CodeInternal for a key that can't be read.
func Open(ctx context.Context, store Store, c Config, now time.Time) (*Ring, error) {
	r := &Ring{store: store, every: cmp.Or(c.RotateEvery, rotateEvery), log: c.Log}
	if err := r.Refresh(ctx, now); err != nil {
		return nil, err
	}
	return r, nil
}

// Sign returns payload as a compact JWS (RFC 7515, section 7.1) under the current key of alg (ES256 or RS256), with `kid` and
// `typ` in its header. An algorithm without a key is idp.CodeInternal.
func (r *Ring) Sign(_ context.Context, alg, typ string, payload []byte) (string, error) {
	signer, ok := r.held.Load().signers[alg]
	if !ok {
		return "", idp.Wrap(idp.CodeInternal, fmt.Errorf("keyring: no key signs %q", alg))
	}
	token, err := signer.sign(typ, payload)
	if err != nil {
		return "", idp.Wrap(idp.CodeInternal, fmt.Errorf("keyring: sign %s %s: %w", alg, typ, err))
	}
	return token, nil
}

// Public returns the key set to publish (RFC 7517): keys that sign, keys that will, and keys that only verify.
func (r *Ring) Public() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: slices.Clone(r.held.Load().set)}
}

// Document returns that key set as it is published. The slice is the same until the keys are loaded again; it is read only.
func (r *Ring) Document() []byte { return r.held.Load().document }

// Find returns the public key with this identifier. The key's Algorithm is the only one that a token under it may name.
//
// It looks in memory. A key is public for longer than a refresh takes before anything is signed with it, except the one that takes
// the place of a key that was retired: so for an identifier that looks like one of ours it waits, a moment at most, for the keys to be
// loaded once more: see inquiry for what that may cost.
func (r *Ring) Find(ctx context.Context, kid string, now time.Time) (jose.JSONWebKey, bool) {
	held := r.held.Load()
	key, ok := held.public[kid]
	if ok || held.gone[kid] || !isKeyID(kid) {
		return key, ok
	}
	r.inquiry.wait(ctx, func(ctx context.Context) { r.refreshOrLog(ctx, now) })
	key, ok = r.held.Load().public[kid]
	return key, ok
}

// Refresh loads the keys again, creating those that are due. After an error the ring goes on with what it had.
func (r *Ring) Refresh(ctx context.Context, now time.Time) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	keys, err := r.store.ListKeys(ctx)
	if err != nil {
		return fmt.Errorf("keyring: list keys: %w", err)
	}
	missing := plan(keys, now, r.every)
	if len(missing) == 0 {
		return r.put(keys, now)
	}
	err = r.create(ctx, keys, missing, now)
	if err != nil {
		return errors.Join(err, r.put(keys, now)) // what others created still counts
	}
	return nil
}

// create makes the missing keys, leaving alone those that another node made first, and loads what came of it.
func (r *Ring) create(ctx context.Context, keys []Key, missing []span, now time.Time) error {
	for _, s := range missing {
		key, err := newKey(s, now)
		if err != nil {
			return err
		}
		event := idp.AuditEvent{} // of the first key of all: nothing was rotated
		if slices.ContainsFunc(keys, func(k Key) bool { return k.Alg == s.alg }) {
			event = rotated(key, idp.Actor{Kind: idp.ActorSystem}, now)
		}
		err = r.store.CreateKey(ctx, key, event)
		if errors.Is(err, idp.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("keyring: create a key for %s: %w", s.alg, err)
		}
		r.log.InfoContext(ctx, "signing key created", "kid", key.ID, "alg", key.Alg, "sign_from", key.SignFrom)
	}
	keys, err := r.store.ListKeys(ctx)
	if err != nil {
		return fmt.Errorf("keyring: list keys: %w", err)
	}
	return r.put(keys, now)
}

func (r *Ring) put(keys []Key, now time.Time) error {
	next, err := newSnapshot(keys, now)
	if err != nil {
		return idp.Wrap(idp.CodeInternal, err)
	}
	r.held.Store(next)
	return nil
}
