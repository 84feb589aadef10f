package apsid

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

// Activity is what an app posts about a person's activity, at most once a minute.
type Activity struct {
	IdleSeconds int `json:"idle_seconds"` // since the person last did something in the app
}

// ActivityAnswer says how long the session has left, in seconds.
type ActivityAnswer struct {
	IdleTimeout   int `json:"idle_timeout"`    // 0: the session does not end by inactivity
	IdleExpiresIn int `json:"idle_expires_in"` // until it ends if the person does nothing more
	ExpiresIn     int `json:"expires_in"`      // until it ends whatever the person does
}
