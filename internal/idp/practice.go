package idp

import "time"

// Region says under which country's rules a practice works.
type Region string

// The regions APS serves (ISO 3166-1 alpha-2).
const (
	RegionAU Region = "AU"
	RegionNZ Region = "NZ"
	RegionGB Region = "GB"
)

// PracticeKind tells customers from APS itself.
type PracticeKind string

// The kinds of practice. Every person who signs in belongs to exactly one practice; APS staff belong to the one of kind "aps".
const (
	PracticeCustomer PracticeKind = "customer"
	PracticeAPS      PracticeKind = "aps"
)

// PracticeState says whether its people may sign in at all.
type PracticeState string

// The states of a practice.
const (
	PracticeActive    PracticeState = "active"
	PracticeSuspended PracticeState = "suspended"
)

// MFAState is the practice's own choice of multi-factor authentication.
type MFAState string

// The practice's choice: off, asked for and waiting for APS, or active (then the next sign-in asks for it).
const (
	MFAOff       MFAState = "off"
	MFARequested MFAState = "requested"
	MFAActive    MFAState = "active"
)

// PracticeDetails are the facts about a practice that can be edited.
type PracticeDetails struct {
	Name     string
	Region   Region
	TimeZone string // IANA name; clock times shown to its people use it
	Phone    string // the number on file, as people read it, at which APS support calls back; "": none

	// PhishingResistanceFrom is from when all its people need a passkey at every app; zero: they do not.
	PhishingResistanceFrom time.Time
	// PhishingResistanceAdministratorsFrom is the same for those who can do most: see policy.IsAdministrator.
	PhishingResistanceAdministratorsFrom time.Time
	PasskeyModels                        []string // the AAGUIDs of the passkeys that its people may add, sorted, in lower case; none: any
}

// Practice is a customer organisation of APS.
type Practice struct {
	ID PracticeID
	PracticeDetails
	Kind  PracticeKind
	State PracticeState
	MFA   MFAState
	// MFARequiredFrom makes MFA mandatory for its people at every app, whatever the practice chose; zero: it does not.
	MFARequiredFrom time.Time
	Apps            []ClientID // the apps it has enabled, sorted
	CreatedAt       time.Time
	UpdatedAt       time.Time
	Version         int64 // compare-and-swap; 1 when created
}

// HasApp reports whether the practice has enabled the app.
func (p Practice) HasApp(app ClientID) bool {
	for _, a := range p.Apps {
		if a == app {
			return true
		}
	}
	return false
}
