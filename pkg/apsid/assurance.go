package apsid

// Values of the `acr` claim: the strength a sign-in reached, the weaker one first. An app may ask for one in acr_values.
const (
	ACRPassword = "urn:aps:acr:pwd" // #nosec G101 -- a name
	ACRMFA      = "urn:aps:acr:mfa"
)

// Values of the `amr` claim (RFC 8176): the methods used. A sign-in with MFA carries AMRPassword, AMRMFA and one of AMROTP
// and AMRSMS.
const (
	AMRPassword = "pwd"
	AMROTP      = "otp" // an authenticator app
	AMRSMS      = "sms" // a code by text message
	AMRMFA      = "mfa"
)

// Satisfies reports whether a sign-in of strength acr is at least as strong as wanted. An unknown acr satisfies nothing and
// an unknown wanted is satisfied by nothing; "" as wanted is satisfied by everything.
func Satisfies(acr, wanted string) bool {
	switch wanted {
	case "":
		return true
	case ACRPassword:
		return acr == ACRPassword || acr == ACRMFA
	case ACRMFA:
		return acr == ACRMFA
	default:
		return false
	}
}
