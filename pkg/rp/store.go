package rp

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNoSession is what a Store answers for a session that is gone or never was.
	ErrNoSession = errors.New("rp: no such session")
	// ErrChanged is what a Store answers when a session is not any more what the caller read.
	ErrChanged = errors.New("rp: the session has changed")
)

// EndedMemory is how long a Store remembers the name of a session that End was told of: the provider may say that a session
// has ended before the app has created it.
const EndedMemory = 15 * time.Minute

// Store keeps the app's sessions. MemoryStore is for one process; package redisstore is for several; for another one,
// rptest.TestStore tells whether it does what is asked here.
//
// A session holds tokens: a store that others can read seals them. Keys are hashes of cookies, which no store ever sees.
type Store interface {
	// Create keeps s under key with Version 1, and may forget it after s.ExpiresAt. It returns ErrNoSession if End was told of
	// s.SID within the last EndedMemory.
	Create(ctx context.Context, key string, s Session) error
	// Find returns ErrNoSession for a key that holds nothing.
	Find(ctx context.Context, key string) (Session, error)
	// Update replaces the session under key by s, with a Version one higher, in one atomic operation. It returns ErrChanged if
	// the Version there is not s.Version, and ErrNoSession if the key holds nothing: what has ended is not revived.
	Update(ctx context.Context, key string, s Session) error
	// Delete forgets it; a key that holds nothing is no error.
	Delete(ctx context.Context, key string) error
	// End forgets every session with this SID or, if sid is "", every one of this subject, and returns how many. A session
	// with the SID but of another subject stays, unless subject is "".
	End(ctx context.Context, subject, sid string) (int, error)
	// Claim takes a name for a time, and reports whether it was free: of several claims of one name, in all processes that
	// share the store, one gets true.
	Claim(ctx context.Context, name string, d time.Duration) (bool, error)
}
