package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const (
	// lookAgain is how long findings count: whoever asks, and however often, each store is asked once in that time at most.
	lookAgain = time.Second
	// lookBound ends a look at a store that hangs.
	lookBound = 2 * time.Second
	// answerProbe is how long a probe waits for a look: then it gets what the look before found. Load balancers often wait for a
	// second only, and a store that hangs for all nodes must not take them all out.
	answerProbe = 250 * time.Millisecond
)

// finding is what is known of one thing that a node needs.
type finding struct {
	name string
	text string
	own  bool // it is this node's fault, and others may do better: a store that answers no one is not
	took time.Duration
}

// readiness knows whether this node may get traffic: whether it has a fault of its own. A store that does not answer is none: no
// other node would do better, and much works without it.
type readiness struct {
	looks  []func(context.Context) findings // each at the same time as the others
	ending atomic.Bool                      // the node was told to stop

	mu      sync.Mutex
	last    findings
	at      time.Time
	looking chan struct{} // closed when the look that is under way has ended; nil: none is
}

func newReadiness(s *services) *readiness {
	return &readiness{looks: []func(context.Context) findings{
		func(ctx context.Context) findings {
			return findings{
				look(ctx, "database", s.stores.sql.Writable),
				look(ctx, "schema", func(ctx context.Context) error {
					behind, err := s.stores.sql.SchemaBehind(ctx)
					if err == nil && behind {
						return errBehind
					}
					return err
				}),
				look(ctx, "issuer", s.issuer.check),
				look(ctx, "backup", func(context.Context) error {
					if s.watching.Older() != nil {
						return errOlder
					}
					return nil
				}),
				look(ctx, "seal keys", func(ctx context.Context) error {
					_, err := s.stores.sql.ListKeys(ctx)
					if err != nil && !errors.Is(err, idp.ErrUnavailable) {
						return errSealKeys
					}
					return err
				}),
			}
		},
		func(ctx context.Context) findings { return findings{look(ctx, "redis", s.stores.redis.Ping)} },
	}}
}

// What a node may have against itself, as everyone can read it.
var (
	errSealKeys = errors.New("they don't open the signing keys")
	errOlder    = errors.New("the database is older than what this node has seen of it")
)

// look asks one store. What it says names neither its address nor what its driver says.
func look(ctx context.Context, name string, ask func(context.Context) error) finding {
	began := time.Now()
	err := ask(ctx)
	f := finding{name: name, text: "ok", took: time.Since(began).Round(100 * time.Microsecond)}
	switch {
	case err == nil:
	case errors.Is(err, sqlstore.ErrReadOnly), errors.Is(err, errBehind), errors.Is(err, errOtherIssuer), errors.Is(err, errSealKeys),
		errors.Is(err, errOlder):
		f.text, f.own = err.Error(), true
	default:
		f.text = "does not answer"
	}
	return f
}

// find returns the newest findings, and looks again if they are old. It waits for answerProbe at most.
func (r *readiness) find(ctx context.Context) findings {
	if r.ending.Load() {
		return findings{{name: "this node", text: "shutting down", own: true}}
	}
	r.mu.Lock()
	if r.looking == nil && time.Since(r.at) >= lookAgain {
		r.looking = make(chan struct{})
		go r.lookAll(context.WithoutCancel(ctx), r.looking)
	}
	looking, last := r.looking, r.last
	r.mu.Unlock()
	if looking == nil {
		return last
	}
	select {
	case <-looking:
	case <-ctx.Done():
	case <-time.After(answerProbe):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *readiness) lookAll(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, lookBound)
	defer cancel()
	found := make([]findings, len(r.looks))
	var all sync.WaitGroup
	for i, look := range r.looks {
		all.Go(func() { found[i] = look(ctx) })
	}
	all.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.at, r.looking = nil, time.Now(), nil
	for _, some := range found {
		r.last = append(r.last, some...)
	}
	close(done)
}
