package idp

// Limits on signing in.
const (
	LimitSigninsByNetwork LimitName = "signins-by-network"
)
