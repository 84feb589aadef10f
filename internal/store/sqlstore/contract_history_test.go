package sqlstore_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// refreshCall is one call about the refresh tokens of a session.
type refreshCall struct {
	do        string // "rotate", "again" (with a grace that lasts), "find" or "end"
	old, next string
}

// refreshState is what one caller after another would see.
type refreshState struct {
	ended bool
	spent map[string]bool // token to whether it was used; one that is not in it does not exist
}

// refreshModel says how the refresh tokens of one session answer, one call at a time. An answer to "find" is idp.CodeUsed for
// a token that was used, and to "end" idp.CodeNotFound if the session had ended.
func refreshModel(first string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return refreshState{spent: map[string]bool{first: false}} },
		Step: func(state, input, output any) (bool, any) {
			answer, next := refreshStep(state.(refreshState), input.(refreshCall))
			return output == answer, next
		},
		Equal: func(a, b any) bool {
			return a.(refreshState).ended == b.(refreshState).ended && maps.Equal(a.(refreshState).spent, b.(refreshState).spent)
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %q", input, output) },
	}
}

func refreshStep(s refreshState, call refreshCall) (answer idp.Code, next refreshState) {
	spent, known := s.spent[call.old]
	switch {
	case s.ended, call.do != "end" && !known:
		return idp.CodeNotFound, s
	case call.do == "end":
		return "", refreshState{ended: true}
	case spent && call.do != "again":
		return idp.CodeUsed, s
	case call.do == "find":
		return "", s
	}
	tokens := maps.Clone(s.spent)
	tokens[call.old], tokens[call.next] = true, false
	return "", refreshState{spent: tokens}
}

// testRefreshIsLinearizable: rotated by many at once, while the session ends, tokens behave as if all had stood in a queue.
func testRefreshIsLinearizable(t *testing.T, w *world) { // ABUSE 2, 11, 35
	for round := range 12 {
		s := w.started(t, w.ada, w.app)
		first := w.refresh(s)
		must(t, w.CreateRefreshToken(t.Context(), first))
		chain := &chain{world: w, session: s, known: []string{first.Hash}, ends: round%2 == 0}
		h := storetest.Record(8, func(writer, turn int) (any, func() error) {
			return chain.turn(t.Context(), storetest.Dice(40, round, writer, turn), storetest.Dice(2, 1, round, writer, turn))
		})
		for turn := range chain.known { // what they left behind must be explained too
			h.Call(0, func(_, turn int) (any, func() error) { return chain.look(t.Context(), chain.known[turn]) }, turn)
		}
		h.Explained(t, refreshModel(first.Hash))
	}
}

// chain is the refresh tokens of a session that goroutines know of: an honest client's, and those that a thief copied.
type chain struct {
	*world
	session idp.Session
	ends    bool
	mu      sync.Mutex
	known   []string
}

// turn is one call: n below 40 says which, and back about which of the newest tokens.
func (c *chain) turn(ctx context.Context, n, back int) (refreshCall, func() error) {
	call, grace := refreshCall{do: "rotate", old: c.pick(back)}, time.Duration(0)
	switch {
	case n < 8:
		return c.look(ctx, call.old)
	case n < 9 && c.ends:
		call = refreshCall{do: "end"}
		return call, func() error { return c.end(ctx) }
	case n < 20:
		call.do, grace = "again", time.Second
	}
	next := c.refresh(c.session)
	call.next = next.Hash
	return call, func() error {
		_, err := c.RotateRefreshToken(ctx, call.old, next, grace, c.now)
		if err == nil {
			c.learn(next.Hash)
		}
		return err
	}
}

func (c *chain) look(ctx context.Context, hash string) (refreshCall, func() error) {
	return refreshCall{do: "find", old: hash}, func() error { return c.find(ctx, hash) }
}

func (c *chain) find(ctx context.Context, hash string) error {
	found, err := c.FindRefreshToken(ctx, hash)
	if err == nil && !found.UsedAt.IsZero() {
		return idp.ErrUsed
	}
	return err
}

func (c *chain) end(ctx context.Context) error {
	ended, err := c.EndSession(ctx, c.session.ID, idp.EndLogout, c.event(c.mine.ID, c.now, idp.EventSessionEnded), c.now)
	if err == nil && !ended {
		return idp.ErrNotFound
	}
	return err
}

// pick returns the newest token but back, so that several goroutines go for the same.
func (c *chain) pick(back int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[max(len(c.known)-1-back, 0)]
}

func (c *chain) learn(hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = append(c.known, hash)
}

func TestTheModelOfRefreshTokensRefuses(t *testing.T) {
	rotate := func(next string, answer idp.Code) porcupine.Operation {
		return porcupine.Operation{Input: refreshCall{do: "rotate", old: "first", next: next}, Output: answer}
	}
	both := func(first, second idp.Code) []porcupine.Operation {
		return storetest.AtOnce(rotate("a", first), rotate("b", second))
	}
	again := func(answer idp.Code) []porcupine.Operation {
		sibling := porcupine.Operation{Input: refreshCall{do: "again", old: "first", next: "b"}, Output: answer, Call: 30, Return: 40}
		used := porcupine.Operation{Input: refreshCall{do: "find", old: "first"}, Output: idp.CodeUsed, Call: 50, Return: 60}
		return []porcupine.Operation{rotate("a", ""), sibling, used}
	}
	ended := porcupine.Operation{Input: refreshCall{do: "end"}, Output: idp.Code(""), Call: 1, Return: 2}
	storetest.Judge(t, map[string]storetest.Case{
		"once":                         {Model: refreshModel("first"), Calls: both("", idp.CodeUsed), Explained: true},
		"twice":                        {Model: refreshModel("first"), Calls: both("", ""), Explained: false},
		"twice within the grace":       {Model: refreshModel("first"), Calls: again(""), Explained: true},
		"once within the grace":        {Model: refreshModel("first"), Calls: again(idp.CodeUsed), Explained: false},
		"one of an ended session":      {Model: refreshModel("first"), Calls: append(both("", idp.CodeUsed), ended), Explained: false},
		"none, as the session is over": {Model: refreshModel("first"), Calls: append(both(idp.CodeNotFound, idp.CodeNotFound), ended), Explained: true},
	})
}
