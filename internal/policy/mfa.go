package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// MFAReason names the rule that asked for MFA, or the fact that none did.
type MFAReason string

// The rules, strictest first. The first one that applies is named.
const (
	PhishingApp      MFAReason = "app_phishing_resistance"      // the app asks every person for a passkey, from a date
	PhishingPractice MFAReason = "practice_phishing_resistance" // the practice does
	PhishingRole     MFAReason = "role_phishing_resistance"     // the practice asks it of those who can do most

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

// RequireMFA decides how strongly this person must prove who they are at this app now. The strictest of practice, app and role wins;
// requested is the strength the app asked for in this sign-in, "" if none.
func RequireMFA(user idp.User, practice idp.Practice, client idp.Client, requested idp.ACR, now time.Time) Requirement {
	required := Requirement{ACR: idp.ACRPassword, Reason: MFANotRequired}
	for _, rule := range MFARules(user, practice, client, now) {
		if rule.Applies {
			required = Requirement{ACR: rule.ACR, Reason: rule.Reason}
			break
		}
	}
	if requested.Satisfies(idp.ACRMFA) && !required.ACR.Satisfies(requested) {
		return Requirement{ACR: requested, Reason: MFARequested}
	}
	return required
}

// MFARule is a rule that asks for MFA, or for phishing resistance, as it stands for one person at one app.
type MFARule struct {
	Reason  MFAReason
	ACR     idp.ACR   // what it asks for
	Applies bool      // now
	From    time.Time // since when, or from when; zero: it has no date
}

// MFARules lists the rules, strictest first, whether they apply now or not. From the day of a rule of phishing resistance, what is weaker
// opens nothing more (ISM-2011).
func MFARules(user idp.User, practice idp.Practice, client idp.Client, now time.Time) []MFARule {
	const phr, mfa = idp.ACRPhishingResistant, idp.ACRMFA
	administrators := practice.PhishingResistanceAdministratorsFrom
	return []MFARule{
		{PhishingApp, phr, isSince(client.PhishingResistanceFrom, now), client.PhishingResistanceFrom},
		{PhishingPractice, phr, isSince(practice.PhishingResistanceFrom, now), practice.PhishingResistanceFrom},
		{PhishingRole, phr, IsAdministrator(user) && isSince(administrators, now), administrators},
		{MFAAppMandatory, mfa, isSince(client.MFARequiredFrom, now), client.MFARequiredFrom},
		{MFAPracticeMandatory, mfa, isSince(practice.MFARequiredFrom, now), practice.MFARequiredFrom},
		{MFARole, mfa, user.HasRole(idp.RoleAPSStaff) || practice.Kind == idp.PracticeAPS, time.Time{}},
		{MFAPracticeActivated, mfa, practice.MFA == idp.MFAActive, time.Time{}},
	}
}

// IsAdministrator reports whether the person can do most: a practice may ask them for a passkey before everybody else.
func IsAdministrator(user idp.User) bool {
	return user.HasRole(idp.RoleSystemAdministrator) || user.HasRole(idp.RoleUserManagement) || user.HasRole(idp.RoleAPSStaff)
}

// isSince reports whether a date was given and has been reached.
func isSince(from, now time.Time) bool { return !from.IsZero() && !now.Before(from) }

// AllowedAuthenticators lists the kinds a person may set up, the better one first. passkeys says whether this installation can use them.
func AllowedAuthenticators(passkeys bool) []idp.Kind {
	if passkeys {
		return []idp.Kind{idp.KindPasskey, idp.KindTOTP, idp.KindSMS}
	}
	return []idp.Kind{idp.KindTOTP, idp.KindSMS}
}
