package redisstore

import (
	"context"
	"time"
)

// Held keeps what a person is about to do between two of their pages: whom they chose, which file they want to import. It is a
// manage.Held.
type Held struct{ store *Store }

// Held returns what is held between pages.
func (s *Store) Held() *Held { return &Held{store: s} }

// Put keeps the value for life, in place of the one of this name that is there.
func (h *Held) Put(ctx context.Context, name string, value []byte, life time.Duration) error {
	live, err := milliseconds(life)
	if err != nil {
		return err
	}
	sealed, err := h.store.seal(value, heldPlace(name))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(h.store.client.Set(ctx, h.store.granted("held:", name), sealed, time.Duration(live)*time.Millisecond).Err())
}

// Find returns the value; idp.ErrNotFound for one that is gone.
func (h *Held) Find(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	sealed, err := h.store.client.Get(ctx, h.store.granted("held:", name)).Bytes()
	if err != nil {
		return nil, translate(err)
	}
	var value []byte
	return value, h.store.open(sealed, heldPlace(name), &value)
}

func heldPlace(name string) string { return "held/" + name }
