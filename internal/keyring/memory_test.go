package keyring_test

import (
	"context"
	"sync"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
)

// memory is a Store that counts how often it is asked and can be made to fail.
type memory struct {
	mu     sync.Mutex
	keys   []keyring.Key
	events []idp.AuditEvent
	lists  int
	broken error
	onList func() // called after a list was taken, before it is returned
}

func (m *memory) ListKeys(context.Context) ([]keyring.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lists++
	if m.broken != nil {
		return nil, m.broken
	}
	listed := append([]keyring.Key(nil), m.keys...)
	if m.onList != nil {
		m.mu.Unlock()
		m.onList()
		m.mu.Lock()
	}
	return listed, nil
}

func (m *memory) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lists
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

func (m *memory) CreateKey(_ context.Context, k keyring.Key, e idp.AuditEvent) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	for _, have := range m.keys {
		if have.Alg == k.Alg && have.SignFrom.Equal(k.SignFrom) {
			return idp.ErrConflict
		}
	}
	m.keys = append(m.keys, k)
	if e.Type != "" {
		m.events = append(m.events, e)
	}
	return nil
}

func (m *memory) RetireKey(_ context.Context, w keyring.Withdrawal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	for i := range m.keys {
		if m.keys[i].ID == w.ID && m.keys[i].RetiredAt.IsZero() {
			m.keys[i].RetiredAt = w.At
			m.events = append(m.events, w.Event)
			if w.Successor != nil {
				m.keys = append(m.keys, *w.Successor)
			}
			return nil
		}
	}
	return idp.ErrConflict
}
