package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// The lifetimes of sessions (ATO operational framework: under 24 hours; ISM-0428: 15 minutes of inactivity).
const (
	DefaultLifetime        = 24 * time.Hour
	GovernmentLifetime     = 24*time.Hour - time.Minute
	GovernmentIdleTimeout  = 15 * time.Minute
	shortestLifetime       = time.Minute
	shortestIdleTimeout    = time.Minute
	longestDefaultLifetime = 24 * time.Hour
)

// SessionLifetime is how long a session at this app lasts from its sign-in, whatever happens in it.
func SessionLifetime(client idp.Client) time.Duration {
	longest := longestDefaultLifetime
	if client.Profile == idp.ProfileGovernmentConnected {
		longest = GovernmentLifetime
	}
	if client.SessionLifetime <= 0 {
		return longest
	}
	return min(max(client.SessionLifetime, shortestLifetime), longest)
}

// IdleTimeout is how long a session at this app lasts without a person's activity; zero: it has no such limit. An app
// connected to a government system always has one, and configuration can only make it shorter.
func IdleTimeout(client idp.Client) time.Duration {
	idle := client.SessionIdleTimeout
	if idle > 0 {
		idle = max(idle, shortestIdleTimeout)
	}
	if client.Profile == idp.ProfileGovernmentConnected && (idle <= 0 || idle > GovernmentIdleTimeout) {
		return GovernmentIdleTimeout
	}
	return max(idle, 0)
}

// SessionEnd is the moment at which a session that began now ends.
func SessionEnd(client idp.Client, now time.Time) time.Time { return now.Add(SessionLifetime(client)) }

// SessionState says whether a session is alive now, and if not, what ended it. A lifetime that was shortened after the
// sign-in applies to running sessions; one that was lengthened does not revive or extend any.
func SessionState(s idp.Session, client idp.Client, now time.Time) (alive bool, reason idp.EndReason) {
	switch {
	case !s.EndedAt.IsZero():
		return false, s.EndReason
	case !now.Before(s.ExpiresAt), !now.Before(s.CreatedAt.Add(SessionLifetime(client))):
		return false, idp.EndLifetime
	default:
		return true, ""
	}
}
