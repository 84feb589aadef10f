package manage

import (
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/people"
)

// The functions below say what will happen, for the page that asks to confirm it. They describe what package directory does.

func whatResetRemoves(d directory.UserDetail) []string {
	name := people.Name(d.Account.User)
	var lines []string
	switch n := len(d.Account.Authenticators); {
	case n == 0:
		lines = append(lines, name+" has not set up MFA, so there is no device to remove.")
	case n == 1:
		lines = append(lines, "The "+inSentence(d.Account.Authenticators[0].Kind)+" that "+name+" gets security codes from is removed, and the recovery PIN with it.")
	default:
		lines = append(lines, "Everything that "+name+" gets security codes from is removed, and the recovery PIN with it.")
	}
	return append(lines,
		name+" is signed out of every APS app at once. Work that was not saved is lost.",
		"At the next sign-in, the password is enough to be asked to set MFA up again. Make sure that you are talking to "+name+" before you go on.",
		"We tell "+name+" by email, and by text message if codes went to a mobile number.",
		"Locks after wrong codes or wrong PINs end.",
		"Your name and your reason are recorded.")
}

func inSentence(kind idp.Kind) string {
	switch kind {
	case idp.KindSMS:
		return "mobile number"
	case idp.KindPasskey:
		return "passkey"
	default:
		return "authenticator app"
	}
}

func whatUnlockDoes(d directory.UserDetail) []string {
	var lines []string
	for _, guard := range d.Locks {
		switch guard.Proof {
		case idp.ProofPassword:
			lines = append(lines, "The password can be tried again. It stays the same.")
		case idp.ProofCode:
			lines = append(lines, "Security codes can be tried again.")
		case idp.ProofPIN:
			lines = append(lines, "The recovery PIN can be tried again. It stays the same.")
		}
	}
	if len(lines) == 0 {
		return []string{"Nothing is locked at the moment, so nothing changes."}
	}
	return append(lines, "Somebody may have been guessing. If "+people.Name(d.Account.User)+" did not mistype, look at the recent activity first.")
}

func whatRemindingDoes(d directory.UserDetail) []string {
	return []string{
		"We email " + d.Account.User.Username + " and ask to set up MFA, with your name in the email.",
		"Nothing else changes. A person is reminded once a day at most.",
	}
}

func whatPasswordResetDoes(d directory.UserDetail) []string {
	u := d.Account.User
	return []string{
		"We email a link to " + u.Username + ". It works once, and only for a short time.",
		"The old password works until a new one is chosen.",
		"After that, " + people.Name(u) + " is signed out of every APS app and signs in with the new password. MFA stays as it is.",
	}
}

func whatDisablingDoes(d directory.UserDetail) []string {
	name := people.Name(d.Account.User)
	return []string{
		name + " is signed out of every APS app at once, and can’t sign in any more.",
		"What " + name + " entered in the apps stays where it is.",
		"You can enable " + name + " again at any time. Password and MFA are kept.",
	}
}

func whatEnablingDoes(d directory.UserDetail) []string {
	name := people.Name(d.Account.User)
	return []string{
		name + " can sign in again, with the same password, MFA and rights as before.",
		"No session comes back: " + name + " signs in anew.",
	}
}

func whatConfirmingDoes(d directory.UserDetail) []string {
	return []string{
		"We email a new link to " + d.Account.User.Username + ". It works once, for 72 hours.",
		"The link that was sent before stops working.",
		"The link only says that the address is right. It sets no password and signs nobody in.",
	}
}

func whatResendingDoes(d directory.UserDetail) []string {
	return []string{
		"We email a new link to " + d.Account.User.Username + ". It works once, for 7 days.",
		"The link that was sent before stops working.",
	}
}

func whatRevokingDoes(d directory.UserDetail) []string {
	name := people.Name(d.Account.User)
	return []string{
		"The link that was sent to " + d.Account.User.Username + " stops working.",
		name + " stays in the list as disabled. Enable " + name + " to invite again.",
	}
}
