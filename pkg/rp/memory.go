package rp

import (
	"context"
	"sync"
	"time"
)

// sweepEvery is how many changes come between two sweeps of what has expired.
const sweepEvery = 256

// MemoryStore keeps sessions in the process: for one process, and until it ends.
type MemoryStore struct {
	now      func() time.Time
	mu       sync.Mutex
	sessions map[string]Session
	claims   map[string]time.Time // name: until when it is taken
	changes  int
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return newMemoryStore(time.Now) }

func newMemoryStore(now func() time.Time) *MemoryStore {
	return &MemoryStore{now: now, sessions: map[string]Session{}, claims: map[string]time.Time{}}
}

// Create keeps s. Now and then it drops those that have expired; only people who signed in ever get here, so the number of
// sessions bounds the memory.
func (m *MemoryStore) Create(_ context.Context, key string, s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if s.SID != "" && now.Before(m.claims[endedName(s.SID)]) {
		return ErrNoSession
	}
	m.sweep(now)
	s.Version = 1
	m.sessions[key] = s
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

// Update replaces the session under key if it is the one that was read.
func (m *MemoryStore) Update(_ context.Context, key string, s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.sessions[key]
	if !ok {
		return ErrNoSession
	}
	if old.Version != s.Version {
		return ErrChanged
	}
	s.Version++
	m.sessions[key] = s
	return nil
}

// Delete forgets the session under key.
func (m *MemoryStore) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, key)
	return nil
}

// End forgets the sessions with the SID, or all of the subject.
func (m *MemoryStore) End(_ context.Context, subject, sid string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sid != "" {
		m.claims[endedName(sid)] = m.now().Add(EndedMemory)
	}
	ended := 0
	for key, s := range m.sessions {
		if s.named(subject, sid) {
			delete(m.sessions, key)
			ended++
		}
	}
	return ended, nil
}

// Claim takes the name until d from now, if it is free.
func (m *MemoryStore) Claim(_ context.Context, name string, d time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.sweep(now)
	if now.Before(m.claims[name]) {
		return false, nil
	}
	m.claims[name] = now.Add(d)
	return true, nil
}

func (m *MemoryStore) sweep(now time.Time) {
	if m.changes++; m.changes%sweepEvery != 0 {
		return
	}
	for key, s := range m.sessions {
		if !now.Before(s.ExpiresAt) {
			delete(m.sessions, key)
		}
	}
	for name, until := range m.claims {
		if !now.Before(until) {
			delete(m.claims, name)
		}
	}
}

// named reports whether End(subject, sid) means s.
func (s Session) named(subject, sid string) bool {
	bySubject := subject == "" || s.Subject == subject
	if sid != "" {
		return s.SID == sid && bySubject
	}
	return subject != "" && s.Subject == subject
}

func endedName(sid string) string { return "ended:" + sid }
