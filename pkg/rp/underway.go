package rp

import "sync"

// underway names what this process is about to do, or doing. The store's claims do the same between processes, but only for a
// time.
type underway struct {
	mu    sync.Mutex
	names map[string]bool
}

// begin reports whether the caller is the first to begin it.
func (u *underway) begin(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.names[name] {
		return false
	}
	u.names[name] = true
	return true
}

func (u *underway) end(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.names, name)
}
