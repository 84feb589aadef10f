package seal

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keyset is the keys that seal: one primary key, and any number of others that open. It is never changed: a change returns another.
type Keyset struct {
	handle *keyset.Handle
	aead   tink.AEAD
}

// Key is one key of a keyset, without its material.
type Key struct {
	ID      uint32
	Opens   bool // what it sealed can be opened
	Primary bool // it seals
}

// newKeyset refuses keys that are for something other than authenticated encryption.
func newKeyset(handle *keyset.Handle) (*Keyset, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		primary, _ := handle.Primary()
		for _, info := range handle.KeysetInfo().GetKeyInfo() {
			if primary != nil && info.GetKeyId() == primary.KeyID() {
				return nil, fmt.Errorf("seal: the keys of this keyset can't seal: they are of type %s", path.Base(info.GetTypeUrl()))
			}
		}
		return nil, errKeyset
	}
	return &Keyset{handle: handle, aead: primitive}, nil
}

// Generate returns a keyset with one fresh AES-256-GCM key.
func Generate() (*Keyset, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: generate a keyset: %w", err)
	}
	return newKeyset(handle)
}

// Keys lists the keys, the oldest first.
func (k *Keyset) Keys() []Key {
	var keys []Key
	for _, e := range k.entries() {
		if namesOf(e) == nil {
			keys = append(keys, Key{ID: e.KeyID(), Opens: e.KeyStatus() == keyset.Enabled, Primary: e.IsPrimary()})
		}
	}
	return keys
}

func (k *Keyset) entries() []*keyset.Entry {
	entries := make([]*keyset.Entry, 0, k.handle.Len())
	for i := range k.handle.Len() {
		if e, err := k.handle.Entry(i); err == nil { // the index is within its bounds
			entries = append(entries, e)
		}
	}
	return entries
}

// Add returns the keyset with a fresh key that opens and does not seal yet, and its identifier.
func (k *Keyset) Add() (*Keyset, uint32, error) {
	manager, err := k.manager()
	if err != nil {
		return nil, 0, err
	}
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, 0, fmt.Errorf("seal: add a key: %w", err)
	}
	added, err := done(manager)
	return added, id, err
}

// Promote returns the keyset with another primary key. It is an error for a key that is not in the keyset, does not open,
// or is the primary one.
func (k *Keyset) Promote(id uint32) (*Keyset, error) {
	key, err := k.find(id)
	switch {
	case err != nil:
		return nil, err
	case key.Primary:
		return nil, fmt.Errorf("key %d seals already", id)
	case !key.Opens:
		return nil, fmt.Errorf("key %d is disabled", id)
	}
	manager := keyset.NewManagerFromHandle(k.handle)
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("seal: promote a key: %w", err)
	}
	return done(manager)
}

// Retire returns the keyset without a key. Blinded names stay as they are, unless fresh draws another key for them: one that leaked
// together with the key. It is an error for a key that is not in the keyset, or is the primary one.
func (k *Keyset) Retire(id uint32, fresh bool) (*Keyset, error) {
	key, err := k.find(id)
	if err != nil {
		return nil, err
	}
	if key.Primary {
		return nil, fmt.Errorf("key %d is the one that seals: promote another first", id)
	}
	manager, err := k.manager()
	if err == nil && fresh {
		err = k.renew(manager)
	}
	if err == nil {
		err = manager.Delete(id)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: retire a key: %w", err)
	}
	return done(manager)
}

func (k *Keyset) find(id uint32) (Key, error) {
	keys := k.Keys()
	i := slices.IndexFunc(keys, func(key Key) bool { return key.ID == id })
	if i < 0 {
		return Key{}, fmt.Errorf("there is no key %d in the keyset", id)
	}
	return keys[i], nil
}

// manager returns a copy to change, which holds the key of blinded names.
func (k *Keyset) manager() (*keyset.Manager, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	if slices.ContainsFunc(k.entries(), func(e *keyset.Entry) bool { return namesOf(e) != nil }) {
		return manager, nil
	}
	names, err := k.names()
	if err != nil {
		return nil, err
	}
	return manager, addNames(manager, names)
}

func done(manager *keyset.Manager) (*Keyset, error) {
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return newKeyset(handle)
}

// errKeyset says no more than this on purpose: the parser's own message could quote key material.
var errKeyset = errors.New("seal: not a keyset: expected Tink's JSON, or the base64 of it")
