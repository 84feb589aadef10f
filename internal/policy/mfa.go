package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// MFAReason names the rule that asked for MFA, or the fact that none did.
type MFAReason string

// The rules, strictest first. The first one that applies is named.
const (
	MFAAppMandatory      MFAReason = "app_mandatory"      // the app asks it of every person, from a date
	MFAPracticeMandatory MFAReason = "practice_mandatory" // APS asks it of the whole practice, from a date
	MFARole              MFAReason = "role"               // APS staff, always
	MFAPracticeActivated MFAReason = "practice_activated" // the practice chose it
	MFARequested         MFAReason = "requested"          // the app asked for it in this sign-in (acr_values)
	MFANotRequired       MFAReason = "not_required"
)

// Reason is the reason of the event about a sign-in that this rule decided.
func (r MFAReason) Reason() idp.Reason { return idp.Reason(r) }

// Requirement is what a sign-in must reach.
type Requirement struct {
	ACR    idp.ACR // at least
	Reason MFAReason
}

// MFA reports whether a password alone is not enough.
func (r Requirement) MFA() bool { return r.ACR.Satisfies(idp.ACRMFA) }

// RequireMFA decides whether this person must use MFA at this app now. The strictest of practice, app and role wins;
// requested is the strength the app asked for in this sign-in, "" if none.
func RequireMFA(user idp.User, practice idp.Practice, client idp.Client, requested idp.ACR, now time.Time) Requirement {
	for _, rule := range MFARules(user, practice, client, now) {
		if rule.Applies {
			return Requirement{ACR: idp.ACRMFA, Reason: rule.Reason}
		}
	}
	if requested.Satisfies(idp.ACRMFA) {
		return Requirement{ACR: requested, Reason: MFARequested}
	}
	return Requirement{ACR: idp.ACRPassword, Reason: MFANotRequired}
}

// MFARule is a rule that asks for MFA, as it stands for one person at one app.
type MFARule struct {
	Reason  MFAReason
	Applies bool      // now
	From    time.Time // since when, or from when; zero: it has no date
}

// MFARules lists the rules, strictest first, whether they apply now or not.
func MFARules(user idp.User, practice idp.Practice, client idp.Client, now time.Time) []MFARule {
	return []MFARule{
		{MFAAppMandatory, isSince(client.MFARequiredFrom, now), client.MFARequiredFrom},
		{MFAPracticeMandatory, isSince(practice.MFARequiredFrom, now), practice.MFARequiredFrom},
		{MFARole, user.HasRole(idp.RoleAPSStaff) || practice.Kind == idp.PracticeAPS, time.Time{}},
		{MFAPracticeActivated, practice.MFA == idp.MFAActive, time.Time{}},
	}
}

// isSince reports whether a date was given and has been reached.
func isSince(from, now time.Time) bool { return !from.IsZero() && !now.Before(from) }

// AllowedAuthenticators lists the kinds a person may set up, the better one first.
func AllowedAuthenticators() []idp.Kind { return []idp.Kind{idp.KindTOTP, idp.KindSMS} }
