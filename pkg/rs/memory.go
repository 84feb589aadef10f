package rs

import (
	"context"
	"errors"
	"sync"
	"time"
)

// mostProofs is how many proofs are remembered: 1,000 requests a second for a minute, in 10 MB.
const mostProofs = 60_000

// memory remembers proofs until they can't be used again.
type memory struct {
	now   func() time.Time
	mu    sync.Mutex
	until map[string]time.Time
	swept time.Time
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, until: map[string]time.Time{}}
}

func (m *memory) see(_ context.Context, name string, until time.Time) (first bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if now.Sub(m.swept) > time.Second {
		m.swept = now
		for name, until := range m.until {
			if !now.Before(until) {
				delete(m.until, name)
			}
		}
	}
	if end, found := m.until[name]; found && now.Before(end) {
		return false, nil
	}
	if len(m.until) >= mostProofs { // what can't be remembered could be used again
		return false, errors.New("rs: too many proofs at once")
	}
	m.until[name] = until
	return true, nil
}
