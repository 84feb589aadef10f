package apsid

// Names of claims in tokens and in userinfo, beside those every OpenID Connect library knows.
const (
	ClaimPracticeID = "practice_id" // the practice of the person, or the one an integration is bound to
	ClaimACR        = "acr"
	ClaimAMR        = "amr"
	ClaimAuthTime   = "auth_time" // seconds since 1970: when the person last proved who they are
	ClaimSID        = "sid"       // the session of this browser at this app
)

// ScopeOfflineAccess asks for a refresh token; it is given to clients registered for them.
const ScopeOfflineAccess = "offline_access"

// Members that a token response adds to those of RFC 6749, section 5.1. Both are in seconds.
const (
	TokenSessionExpiresIn   = "session_expires_in"
	TokenSessionIdleTimeout = "session_idle_timeout" // 0 or absent: the session does not end by inactivity
)
