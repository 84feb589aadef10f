package keyring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Operator is what an operator does with the keys, beside the nodes that use them. They learn of it from the store.
type Operator struct {
	store Operations
	every time.Duration
}

// NewOperator works on the store. Keys that it makes sign for this long; 0: as the constant says.
func NewOperator(store Operations, every time.Duration) *Operator {
	return &Operator{store: store, every: cmp.Or(every, rotateEvery)}
}

// Listed is a key as it is now.
type Listed struct {
	ID          string    `json:"kid"`
	Alg         string    `json:"alg"`
	State       State     `json:"state"`
	SignFrom    time.Time `json:"signs_from"`
	SignUntil   time.Time `json:"signs_until"`
	VerifyUntil time.Time `json:"verifies_until"` // when it was retired, for one that was
}

// List returns all keys, those that are used first, and the newest of them first.
func (o *Operator) List(ctx context.Context, now time.Time) ([]Listed, error) {
	keys, err := o.store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	return listed(keys, now), nil
}

// Rotate publishes a new key of each algorithm, which signs when all nodes and apps have had the time to learn of it, and returns what is
// to come: also the key of an algorithm of which one was waiting already.
func (o *Operator) Rotate(ctx context.Context, by idp.Actor, now time.Time) ([]Listed, error) {
	keys, err := o.store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range planRotation(keys, now, o.every) {
		key, err := newKey(s, now)
		if err != nil {
			return nil, err
		}
		err = o.store.CreateKey(ctx, key, rotated(key, by, now))
		if err != nil && !errors.Is(err, idp.ErrConflict) { // another operator has asked at the same time
			return nil, err
		}
	}
	if keys, err = o.store.ListKeys(ctx); err != nil {
		return nil, err
	}
	var coming []Listed
	for _, alg := range algs() {
		next, found := earliest(keys, func(k Key) bool { return k.Alg == alg && stateOf(keys, k, now) == Published })
		if found {
			coming = append(coming, describe(keys, next, now))
		}
	}
	return coming, nil
}

// Find returns the key that can be retired: idp.CodeNotFound or idp.CodeConflict, with a text, if there is none or nothing it signed is
// good any more.
func (o *Operator) Find(ctx context.Context, kid string, now time.Time) (Listed, error) {
	key, _, err := o.find(ctx, kid, now)
	return key, err
}

// Retire withdraws a key: no node takes anything that it signed within a minute. If it signs, a successor does from now on. It returns
// the successor, if there is one; errors are those of Find.
func (o *Operator) Retire(ctx context.Context, kid, reason string, by idp.Actor, now time.Time) (successor string, err error) {
	key, keys, err := o.find(ctx, kid, now)
	if err != nil {
		return "", err
	}
	w := Withdrawal{ID: kid, At: now, Event: retired(key, reason, by, now)}
	if key.State == Signs {
		signFrom := now
		if !signFrom.After(key.SignFrom) { // by the clock of this machine it has not begun
			signFrom = key.SignFrom.Add(time.Millisecond)
		}
		next, err := newKey(newSpan(key.Alg, free(keys, key.Alg, signFrom), now, o.every), now)
		if err != nil {
			return "", err
		}
		w.Successor, successor = &next, next.ID
		w.Event.Details["successor"] = next.ID
	}
	err = o.store.RetireKey(ctx, w)
	if errors.Is(err, idp.ErrConflict) {
		return "", refuse("%s was retired at the same moment: look at the list of keys", kid)
	}
	return successor, err
}

func (o *Operator) find(ctx context.Context, kid string, now time.Time) (Listed, []Key, error) {
	keys, err := o.store.ListKeys(ctx)
	if err != nil {
		return Listed{}, nil, err
	}
	key, found := latest(keys, func(k Key) bool { return k.ID == kid })
	if !found {
		return Listed{}, nil, &idp.Error{Code: idp.CodeNotFound, Public: fmt.Sprintf("there is no signing key %q", kid)}
	}
	switch at := describe(keys, key, now); at.State {
	case Retired:
		return Listed{}, nil, refuse("%s was retired already, on %s", kid, at.VerifyUntil.Format(time.RFC3339))
	case Over:
		return Listed{}, nil, refuse("%s is over: nothing that it signed is good since %s", kid, at.VerifyUntil.Format(time.RFC3339))
	default:
		return at, keys, nil
	}
}

func refuse(format string, args ...any) error {
	return &idp.Error{Code: idp.CodeConflict, Public: fmt.Sprintf(format, args...)}
}
