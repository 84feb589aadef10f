package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// The lifetimes of sessions (ATO operational framework: under 24 hours; ISM-0428: 15 minutes of inactivity).
const (
	DefaultLifetime       = 24 * time.Hour
	GovernmentLifetime    = 24*time.Hour - time.Minute
	GovernmentIdleTimeout = 15 * time.Minute
	shortestLifetime      = time.Minute
	shortestIdleTimeout   = time.Minute

	// leastIdleTimeout is the shortest limit of inactivity that an app may register. An app that reports once a minute, whatever
	// its limit, as all did before ReportEvery followed from it, still tells twice in that time; and a third of it, which is how
	// early a page warns, is well over the 20 seconds that a person must have to answer (WCAG 2.2, 2.2.1).
	leastIdleTimeout = 2 * time.Minute

	// ReportAllowance is how long after the idle end a report still counts of activity that was before it: an app may not report
	// at every moment, so what a person did in time may be told late.
	ReportAllowance = time.Minute
)

// LeastIdle is the shortest limit of inactivity that an app may register: on loopback, where the demo runs, as short as sessions
// can be, to watch it happen.
func LeastIdle(loopback bool) time.Duration {
	if loopback {
		return shortestIdleTimeout
	}
	return leastIdleTimeout
}

// ReportEvery is the least time between two reports of activity of a session at this app: a quarter of its limit of inactivity,
// and a minute at most. Package apsid publishes the same rule.
func ReportEvery(client idp.Client) time.Duration {
	const longest, share = time.Minute, 4
	if idle := IdleTimeout(client); idle > 0 {
		return min(idle/share, longest)
	}
	return longest
}

// SessionLifetime is how long a session at this app lasts from its sign-in, whatever happens in it.
func SessionLifetime(client idp.Client) time.Duration {
	longest := DefaultLifetime
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

// SessionEnd is the moment at which a session that rests on proofs of this time ends.
func SessionEnd(client idp.Client, proved time.Time) time.Time {
	return proved.Add(SessionLifetime(client))
}

// LifetimeEnd is when a running session's lifetime ends. A lifetime that was shortened after the sign-in applies to running
// sessions; one that was lengthened does not revive or extend any.
func LifetimeEnd(s idp.Session, client idp.Client) time.Time {
	if end := SessionEnd(client, s.AuthTime); end.Before(s.ExpiresAt) {
		return end
	}
	return s.ExpiresAt
}

// IdleEnd is when a running session ends if its person does nothing more; zero: the app has no such limit.
func IdleEnd(s idp.Session, client idp.Client) time.Time {
	idle := IdleTimeout(client)
	if idle == 0 {
		return time.Time{}
	}
	return s.LastActivity.Add(idle)
}

// SessionState says whether a session is alive now, and if not, what ended it.
func SessionState(s idp.Session, client idp.Client, now time.Time) (alive bool, reason idp.EndReason) {
	idleEnd := IdleEnd(s, client)
	switch {
	case !s.EndedAt.IsZero():
		return false, s.EndReason
	case !now.Before(LifetimeEnd(s, client)):
		return false, idp.EndLifetime
	case !idleEnd.IsZero() && !now.Before(idleEnd):
		return false, idp.EndIdle
	default:
		return true, ""
	}
}

// MayReport says whether a report that the person was active at the given time counts for the session, and if not, what
// ended the session. Within ReportAllowance of the idle end, activity from before it still does.
func MayReport(s idp.Session, client idp.Client, active, now time.Time) (counts bool, reason idp.EndReason) {
	alive, reason := SessionState(s, client, now)
	idleEnd := IdleEnd(s, client)
	if !alive && reason == idp.EndIdle && s.EndedAt.IsZero() && active.Before(idleEnd) && now.Before(idleEnd.Add(ReportAllowance)) {
		return true, ""
	}
	return alive, reason
}

// IsOver says whether a session has ended for good and should be closed: no report can keep it any more.
func IsOver(s idp.Session, client idp.Client, now time.Time) (over bool, reason idp.EndReason) {
	counts, reason := MayReport(s, client, s.LastActivity, now)
	return !counts, reason
}

// Join says whether a browser may enter an app without a form, on the proofs of a sign-in at another app of the same group,
// or why not.
type Join string

// The answers.
const (
	JoinGranted Join = "granted"
	JoinNoGroup Join = "no_group" // the app is in no group
	JoinNobody  Join = "nobody"   // no session of the group is alive in this browser
	JoinEnded   Join = "ended"    // this app's own session of that sign-in has ended: it must not come back without a form
	JoinTooOld  Join = "too_old"  // the proofs are older than the app's lifetime
	JoinIdle    Join = "idle"     // the person has done nothing for longer than the app allows
)

// MayJoin decides whether the browser may enter. family is every session of the sign-in, ended or not; from is one of them,
// found alive in this browser.
func MayJoin(client idp.Client, from idp.Session, family []idp.Session, now time.Time) Join {
	if client.SignOnGroup == "" {
		return JoinNoGroup
	}
	last := from.LastActivity
	for _, s := range family {
		if s.ClientID == client.ID {
			return JoinEnded // were it alive in this browser, it would have been found by its own cookie
		}
		if s.EndedAt.IsZero() && s.LastActivity.After(last) {
			last = s.LastActivity
		}
	}
	idle := IdleTimeout(client)
	switch {
	case !now.Before(SessionEnd(client, from.AuthTime)):
		return JoinTooOld
	case idle > 0 && !now.Before(last.Add(idle)):
		return JoinIdle
	default:
		return JoinGranted
	}
}
