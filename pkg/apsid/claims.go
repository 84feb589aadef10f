package apsid

// Names of claims in tokens and in userinfo, beside those every OpenID Connect library knows.
const (
	ClaimPracticeID = "practice_id" // the practice of the person, or the one an integration is bound to
	ClaimACR        = "acr"
	ClaimAMR        = "amr"
	ClaimAuthTime   = "auth_time" // seconds since 1970: when the person last proved who they are
	ClaimSID        = "sid"       // the session of this browser at this app
)

// MFA factors of the sign-in, for apps that file with a tax authority: the scope, and the claim that it brings in the ID token. The claim is
// a list of objects with type ("TOTP", "AUTH_CODE" or "OTHER"), timestamp (yyyy-MM-ddThh:mmZ, UTC) and unique_reference, as HMRC asks for
// them in Gov-Client-Multi-Factor.
const (
	ScopeMFAFactors = "mfa_factors"
	ClaimMFAFactors = "mfa_factors"
)

// ScopeOfflineAccess asks for a refresh token; it is given to clients registered for them.
const ScopeOfflineAccess = "offline_access"

// Members that a token response adds to those of RFC 6749, section 5.1. Both are in seconds.
const (
	TokenSessionExpiresIn   = "session_expires_in"
	TokenSessionIdleTimeout = "session_idle_timeout" // 0 or absent: the session does not end by inactivity
)
