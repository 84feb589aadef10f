package apsid

import "time"

// DiscoverySessionActivity is the member of the discovery document that names the endpoint of the inactivity contract.
const DiscoverySessionActivity = "session_activity_endpoint"

// ErrorSessionEnded is the error code that the activity endpoint answers once the session is over.
const ErrorSessionEnded = "session_ended"

// Why a session ended.
const (
	EndedIdle     = "idle"
	EndedLifetime = "lifetime"
	EndedLogout   = "logout"
	EndedRevoked  = "revoked"
)

// ReportEvery is the least time between two reports of a session that lasts so long without activity (0: it has no such limit): a
// quarter of it, and a minute at most. At this pace one report in two may fail, and the app's own pages may be as late again, before
// a person who is active the whole time has been silent for the limit as far as the provider knows.
func ReportEvery(idleTimeout time.Duration) time.Duration {
	if idleTimeout <= 0 {
		return time.Minute
	}
	return min(max(idleTimeout/4, time.Second), time.Minute)
}

// Activity is what an app posts about a person's activity, at most once in ReportEvery.
type Activity struct {
	IdleSeconds int `json:"idle_seconds"` // since the person last did something in the app
}

// ActivityAnswer says how long the session has left, in seconds.
type ActivityAnswer struct {
	IdleTimeout   int `json:"idle_timeout"`    // 0: the session does not end by inactivity
	IdleExpiresIn int `json:"idle_expires_in"` // until it ends if the person does nothing more
	ExpiresIn     int `json:"expires_in"`      // until it ends whatever the person does
}
