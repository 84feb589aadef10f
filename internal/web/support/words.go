package support

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/people"
)

// caseTitle says what a case is for.
func caseTitle(action idp.CaseAction, name string) string {
	switch action {
	case idp.CaseGrantUserManagement:
		return "Give User Management+ access to " + name
	case idp.CaseEnableUser:
		return "Enable " + name + " again"
	case idp.CaseEnrolmentCode:
		return "Enrolment code for " + name
	default:
		return "Reset MFA for " + name
	}
}

// performance is what carrying out a case does, and the button that does it.
type performance struct {
	Consequences []string
	Button       string
}

func performanceOf(action idp.CaseAction, about idp.User) performance {
	name := people.Name(about)
	told := name + " and the practice’s administrators are told."
	switch {
	case action == idp.CaseGrantUserManagement:
		return performance{Button: "Give access now", Consequences: []string{
			name + " becomes System Administrator with access to User Management+, and can help everybody else in the practice.",
			name + " is signed out of every APS app, and signs in anew.", told,
		}}
	case action == idp.CaseEnrolmentCode:
		return performance{Button: "Make a code now", Consequences: []string{
			"You get a code that is shown once and is good for 10 minutes. Read it out to " + name + ", whom you have called back.",
			"With their password and the code, " + name + " adds a passkey. Stay on the telephone until that is done.", told,
		}}
	case action == idp.CaseEnableUser && about.HasPassword():
		return performance{Button: "Enable now", Consequences: []string{
			name + " can sign in again, with the rights, the password and the security codes of before.",
			"Somebody else may know that password, so " + name + " gets a link to choose a new one, to " + about.Username + ". Stay on the telephone until that is done.", told,
		}}
	case action == idp.CaseEnableUser:
		return performance{Button: "Enable now", Consequences: []string{
			name + " can join again, and has never chosen a password: “Forgot your password?” on the sign-in page sends a new invitation.", told,
		}}
	default:
		return performance{Button: "Reset MFA now", Consequences: []string{
			"What " + name + " gets security codes from is removed, and the recovery PIN with it.",
			name + " is signed out of every APS app at once, and sets MFA up again at the next sign-in.", told,
		}}
	}
}

func stateBadge(state idp.CaseState) web.Badge {
	switch state {
	case idp.CaseOpen:
		return web.Badge{Tone: web.ToneInfo, Text: "Open"}
	case idp.CaseSubmitted:
		return web.Badge{Tone: web.ToneWarn, Text: "Waiting for a second person"}
	case idp.CaseApproved:
		return web.Badge{Tone: web.ToneWarn, Text: "Approved, to be carried out"}
	case idp.CaseRefused:
		return web.Badge{Tone: web.ToneBad, Text: "Refused"}
	case idp.CaseDone:
		return web.Badge{Tone: web.ToneGood, Text: "Done"}
	case idp.CaseExpired:
		return web.Badge{Text: "Approval ran out"}
	default:
		return web.Badge{Text: "Closed"}
	}
}

func checkWords(name idp.CheckName) string {
	switch name {
	case idp.CheckCallBack:
		return "Called back on the number on file"
	case idp.CheckMailboxCode:
		return "Code from a mailbox"
	case idp.CheckColleague:
		return "Confirmed by a colleague"
	default:
		return "Personal data"
	}
}

func resultBadge(result idp.CheckResult) web.Badge {
	if result == idp.CheckPassed {
		return web.Badge{Tone: web.ToneGood, Text: "Passed"}
	}
	return web.Badge{Tone: web.ToneBad, Text: "Failed"}
}

func practiceBadge(p idp.Practice) web.Badge {
	if p.State == idp.PracticeSuspended {
		return web.Badge{Tone: web.ToneBad, Text: "Suspended"}
	}
	return web.Badge{Text: "Active"}
}

func mfaBadge(state idp.MFAState) web.Badge {
	switch state {
	case idp.MFAActive:
		return web.Badge{Tone: web.ToneGood, Text: "MFA active"}
	case idp.MFARequested:
		return web.Badge{Tone: web.ToneWarn, Text: "MFA asked for"}
	default:
		return web.Badge{Text: "MFA off"}
	}
}

func regionWords(region idp.Region) string {
	return map[idp.Region]string{idp.RegionAU: "Australia", idp.RegionNZ: "New Zealand", idp.RegionGB: "United Kingdom"}[region]
}

// ruleWords say what each rule of MFA is, whether it applies or not.
func ruleWords(reason policy.MFAReason) (name, meaning string) {
	switch reason {
	case policy.PhishingApp:
		return "The app needs passkeys", "Everybody needs a passkey at this app from a date, whatever the practice chose."
	case policy.PhishingPractice:
		return "The practice needs passkeys", "Everybody of the practice needs a passkey from a date, at every app."
	case policy.PhishingRole:
		return "The practice’s administrators need passkeys", "System Administrators and people with User Management+ need a passkey from a date, at every app."
	case policy.MFAAppMandatory:
		return "The app asks everybody", "MFA is mandatory at this app from a date, whatever the practice chose."
	case policy.MFAPracticeMandatory:
		return "Mandatory for the practice", "APS has made MFA mandatory for this practice from a date, at every app."
	case policy.MFARole:
		return "Works at APS", "People of APS always use MFA."
	case policy.MFAPracticeActivated:
		return "The practice uses MFA", "The practice asked for MFA, and APS activated it."
	default:
		return string(reason), ""
	}
}

// accessWords say whether a person may enter an app, and why not.
func accessWords(access policy.Access) string {
	switch access {
	case policy.AccessGranted:
		return "Yes."
	case policy.AccessUserDisabled:
		return "No: the person is disabled. At the sign-in it looks like a wrong password. An administrator of the practice can enable them in User Management+; where nobody there can, APS does it by a case."
	case policy.AccessPracticeSuspended:
		return "No: the practice is suspended. At the sign-in it looks like a wrong password."
	case policy.AccessClientDisabled:
		return "No: the app is disabled for everybody."
	default:
		return "No: the practice doesn’t have this app, or the person was not given it. The sign-in says so after the password."
	}
}

// endWords say what ended a session.
func endWords(reason idp.EndReason, by string) string {
	switch reason {
	case idp.EndIdle:
		return "Nobody was active for as long as the app allows."
	case idp.EndLifetime:
		return "The sign-in had lasted its time."
	case idp.EndLogout:
		return "The person signed out."
	}
	switch by {
	case "sign_out_everywhere":
		return "The person signed out everywhere."
	case "end_session":
		return "Somebody signed this session out."
	}
	words := map[idp.EventType]string{
		idp.EventMFAReset:           "MFA was reset, which signs out everywhere.",
		idp.EventCaseDone:           "APS support carried out a case, which signs out everywhere.",
		idp.EventMFARevoked:         "The person removed a lost device with the recovery PIN.",
		idp.EventPasswordChanged:    "The person changed the password, which signs out everywhere.",
		idp.EventPasswordReset:      "A new password was chosen by email link, which signs out everywhere.",
		idp.EventUserDisabled:       "The person was disabled.",
		idp.EventUserFrozen:         "“This wasn’t me” was pressed, which freezes the account.",
		idp.EventUserUpdated:        "Rights, apps or the email address were changed.",
		idp.EventPracticeSuspended:  "The practice was suspended.",
		idp.EventPracticeAppRemoved: "The app was taken from the practice.",
		idp.EventCodeReused:         "A sign-in answer was used twice, as an attacker would.",
		idp.EventRefreshReused:      "An old token was used again, as an attacker would.",
	}[idp.EventType(by)]
	if words == "" {
		return "It was ended before its time."
	}
	return words
}
