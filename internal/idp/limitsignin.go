package idp

// Limits on signing in.
const (
	LimitSigninsByNetwork        LimitName = "signins-by-network"
	LimitWrongPasswordsByNetwork LimitName = "wrong-passwords-by-network"
	LimitWrongPasswordsBySite    LimitName = "wrong-passwords-by-site"
)
