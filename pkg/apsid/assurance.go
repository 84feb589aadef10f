package apsid

import "slices"

// Values of the `acr` claim: the strength a sign-in reached, the weakest first. An app may ask for one in acr_values.
const (
	ACRPassword = "urn:aps:acr:pwd" // #nosec G101 -- a name
	ACRMFA      = "urn:aps:acr:mfa"
	// ACRPhishingResistant is MFA of which no false page can use anything: a passkey.
	ACRPhishingResistant = "urn:aps:acr:phr"
)

// Values of the `amr` claim (RFC 8176): the methods used. A sign-in with MFA carries AMRMFA; with a code also AMRPassword
// and one of AMROTP and AMRSMS; with a passkey AMRUser, one of AMRHardware and AMRSoftware, and AMRPassword if it came after a password.
const (
	AMRPassword = "pwd"
	AMROTP      = "otp" // an authenticator app
	AMRSMS      = "sms" // a code by text message
	AMRMFA      = "mfa"
	AMRHardware = "hwk"  // a passkey that is in one device and can't leave it
	AMRSoftware = "swk"  // a passkey that may be on several devices
	AMRUser     = "user" // the device made sure that somebody was there
)

// Satisfies reports whether a sign-in of strength acr is at least as strong as wanted. An unknown acr satisfies nothing and
// an unknown wanted is satisfied by nothing; "" as wanted is satisfied by everything.
func Satisfies(acr, wanted string) bool {
	if wanted == "" {
		return true
	}
	strengths := []string{ACRPassword, ACRMFA, ACRPhishingResistant}
	least := slices.Index(strengths, wanted)
	return least >= 0 && slices.Index(strengths, acr) >= least
}
