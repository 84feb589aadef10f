package rp

import (
	"context"
	"sync"
	"time"
)

// sweepEvery is how many sessions are saved between two sweeps of expired ones.
const sweepEvery = 256

// MemoryStore keeps sessions in the process: for one process, and until it ends.
type MemoryStore struct {
	mu       sync.Mutex
	sessions map[string]Session
	saves    int
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{sessions: map[string]Session{}} }

// Save keeps s. Now and then it drops those that have expired; only people who signed in ever get here, so the sessions
// there are bound the memory.
func (m *MemoryStore) Save(_ context.Context, key string, s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[key] = s
	m.saves++
	if m.saves%sweepEvery == 0 {
		m.sweep(time.Now())
	}
	return nil
}

// Find returns the session under key or ErrNoSession.
func (m *MemoryStore) Find(_ context.Context, key string) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[key]
	if !ok {
		return Session{}, ErrNoSession
	}
	return s, nil
}

// Delete forgets the session under key.
func (m *MemoryStore) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, key)
	return nil
}

func (m *MemoryStore) sweep(now time.Time) {
	for key, s := range m.sessions {
		if !now.Before(s.ExpiresAt) {
			delete(m.sessions, key)
		}
	}
}
