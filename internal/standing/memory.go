package standing

import (
	"context"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Lifetime bounds how long what was read is believed, from when it was asked for.
const Lifetime = time.Second

// kept is how many answers are remembered at least, and half of how many at most. One takes about two kilobytes.
const kept = 2048

// Store is where the answers come from.
type Store interface {
	// FindSignedInUnspent returns the session, ended or not, with its person; idp.ErrNotFound if there is none, or the name was spent.
	FindSignedInUnspent(ctx context.Context, id idp.SID, name string, now time.Time) (idp.SignedIn, error)
	// IsSpent reports whether the name was spent.
	IsSpent(ctx context.Context, name string, now time.Time) (bool, error)
}

// Versions says whether the store may answer otherwise than before.
type Versions interface {
	// Version is another one after every change.
	Version(ctx context.Context) (string, error)
}

// Memory is a Store that asks another one, and remembers its answers. What it returns is shared: read only.
type Memory struct {
	store    Store
	versions Versions

	mu         sync.Mutex
	young, old map[question]answer
	failed     time.Time // when there was no version
}

type question struct {
	session idp.SID
	name    string
	alone   bool // of a token of no session
}

type answer struct {
	signedIn idp.SignedIn
	version  string // as it was before the store was asked
	asked    time.Time
}

// New returns a memory of what the store says.
func New(store Store, versions Versions) *Memory { return &Memory{store: store, versions: versions} }

// FindSignedInUnspent implements Store.
func (m *Memory) FindSignedInUnspent(ctx context.Context, id idp.SID, name string, now time.Time) (idp.SignedIn, error) {
	return m.answer(ctx, question{session: id, name: name}, now, func() (idp.SignedIn, error) {
		return m.store.FindSignedInUnspent(ctx, id, name, now)
	})
}

// IsSpent implements Store.
func (m *Memory) IsSpent(ctx context.Context, name string, now time.Time) (spent bool, err error) {
	_, err = m.answer(ctx, question{name: name, alone: true}, now, func() (idp.SignedIn, error) {
		spent, err = m.store.IsSpent(ctx, name, now)
		if err == nil && spent {
			return idp.SignedIn{}, idp.ErrNotFound // is not remembered
		}
		return idp.SignedIn{}, err
	})
	if spent {
		return true, nil
	}
	return false, err
}

// answer asks the store unless it is known what it would say.
func (m *Memory) answer(ctx context.Context, asked question, now time.Time, ask func() (idp.SignedIn, error)) (idp.SignedIn, error) {
	version, fresh := m.version(ctx, now)
	if !fresh {
		return ask()
	}
	if known, found := m.recall(asked, version, now); found {
		return known, nil
	}
	in, err := ask()
	if err == nil {
		m.remember(asked, answer{in, version, now})
	}
	return in, err
}

// version asks for none within a Lifetime after a failure: each request would wait for a Redis that hangs.
func (m *Memory) version(ctx context.Context, now time.Time) (version string, fresh bool) {
	if m.hasFailed(now) {
		return "", false
	}
	version, err := m.versions.Version(ctx)
	if err != nil && ctx.Err() == nil {
		m.mu.Lock()
		m.failed = now
		m.mu.Unlock()
	}
	return version, err == nil
}

func (m *Memory) hasFailed(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return isWithin(m.failed, now)
}

func (m *Memory) recall(asked question, version string, now time.Time) (known idp.SignedIn, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, found := m.young[asked]
	if !found {
		a, found = m.old[asked]
	}
	return a.signedIn, found && a.version == version && isWithin(a.asked, now)
}

func (m *Memory) remember(asked question, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= kept {
		m.old, m.young = m.young, nil
	}
	if m.young == nil {
		m.young = make(map[question]answer)
	}
	m.young[asked] = a
}

// isWithin reports whether then is less than a Lifetime ago. It is not if the clock was set back meanwhile.
func isWithin(then, now time.Time) bool {
	since := now.Sub(then)
	return since >= 0 && since < Lifetime
}
