package session

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Sessions keeps signed-in browsers, in SQL. Each method that ends a session also queues the message to its app
// (idp.Logout), if the app is registered for it, in the same transaction.
type Sessions interface {
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
	// FindSessionByBrowser returns the session of this cookie (by hash) at this app, ended or not; idp.ErrNotFound if none.
	FindSessionByBrowser(ctx context.Context, browserHash string, client idp.ClientID) (idp.Session, error)
	// FindSignedIn is FindSession with the person.
	FindSignedIn(ctx context.Context, id idp.SID) (idp.SignedIn, error)
	// FindSignedInByBrowser is FindSessionByBrowser with the person.
	FindSignedInByBrowser(ctx context.Context, browserHash string, client idp.ClientID) (idp.SignedIn, error)
	// ListSignOn returns all sessions that rest on one sign-in, ended or not.
	ListSignOn(ctx context.Context, signOn idp.SID) ([]idp.Session, error)
	// JoinSession creates a session that rests on the proofs of another, and writes the event; idp.ErrConflict if that other one
	// (SignOn) has a session of this app already, or has ended, or if may says no to the person as the transaction reads them, under
	// the locks that a change of them takes.
	JoinSession(ctx context.Context, s idp.Session, event idp.AuditEvent, may func(idp.Account) bool) error
	// TouchSession moves the last activity forward to at, never back; idp.ErrNotFound if the session does not exist or has ended.
	TouchSession(ctx context.Context, id idp.SID, at time.Time) error
	// EndSession ends it with the reason, deletes its refresh tokens and writes the event, in one SQL transaction. One that has
	// ended already, or does not exist, is left alone: then ended is false and no event is written.
	EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error)
	// EndUserSessions ends all sessions of the user, in the practice, likewise, and returns those it ended.
	EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
	// ListLapsed returns up to limit open sessions, all if they are fewer, for which one of these holds: the lifetime ends at now or
	// before; the proofs are from the time of their client in proved or before; the last activity in SQL is from the time of their
	// client in active or before.
	ListLapsed(ctx context.Context, now time.Time, proved, active map[idp.ClientID]time.Time, limit int) ([]idp.Session, error)
}

// Tokens answers for the access tokens of sessions, by what it was told a moment ago if nothing was changed since.
type Tokens interface {
	// FindSignedInUnspent returns the session, ended or not, with its person; idp.ErrNotFound if there is none, or what the name stands
	// for was spent.
	FindSignedInUnspent(ctx context.Context, id idp.SID, name string, now time.Time) (idp.SignedIn, error)
}

// Clients reads relying parties.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// ListApps returns every client that people sign in to, enabled or not.
	ListApps(ctx context.Context) ([]idp.Client, error)
}

// Pulse is what is remembered of a session between two looks at SQL.
type Pulse struct {
	ClientID     idp.ClientID // whose session it is
	LastActivity time.Time    // of the person
	ReportedAt   time.Time    // when the newest report came; zero: none yet
	StoredAt     time.Time    // LastActivity as SQL has it
	EndsAt       time.Time    // the session's ExpiresAt, which SQL never moves
	AuthTime     time.Time
}

// Activity remembers last activity, in Redis. It may forget, and then SQL's older time counts.
type Activity interface {
	// Beat moves the session's last activity forward to at and the last report to now, if the pulse is known, in one round trip,
	// and returns the pulse as it was before. It moves nothing if the report comes sooner than every after the last one, or if
	// the activity at was not before the idle end (pulse's last activity plus idle; idle 0: none), or the allowance after that
	// end is over. An unknown pulse, or that of another app, is idp.ErrNotFound.
	Beat(ctx context.Context, id idp.SID, client idp.ClientID, at, now time.Time, every, idle, allowance time.Duration) (Pulse, error)
	// Learn remembers the pulse of a session, read from SQL, unless a later activity is known; until ends.
	Learn(ctx context.Context, id idp.SID, p Pulse, ends time.Time) error
	// Stored records that SQL has this activity.
	Stored(ctx context.Context, id idp.SID, at time.Time) error
	// Last returns the last activity known of each of the sessions; those unknown are absent.
	Last(ctx context.Context, ids []idp.SID) (map[idp.SID]time.Time, error)
	// Forget drops them: they have ended. For a moment they cannot be learnt again, even by a node that read them from SQL before.
	Forget(ctx context.Context, ids []idp.SID) error
}
