package policy

import (
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// AddressRest is how long a changed user name is not trusted: password links go to that mailbox, so a person who can change another's
// user name and mail a link there could take the account over alone. The person is told at the old address, and has this long to say
// that it wasn't them.
const AddressRest = 72 * time.Hour

// ConfirmLife is how long the link lives that asks the holder of a new address to confirm it: as long as the address rests.
const ConfirmLife = AddressRest

// AddressRests reports whether a person or an integration changed the person's user name, and the person has not signed in with it since
// nor has AddressRest passed. While the account is disabled it rests on: perhaps the person froze it (*this wasn't me*). Confirming the
// new address by a link ends no rest: the mailbox may belong to whoever changed the name.
func AddressRests(user idp.User, now time.Time) bool {
	if len(user.UsernameChangedBy) == 0 || user.LastSigninAt.After(user.UsernameChangedAt) {
		return false
	}
	return user.State == idp.UserDisabled || now.Before(user.UsernameChangedAt.Add(AddressRest))
}

// AddressConfirmed reports whether the address that is the person's user name counts as theirs: it was never changed, or the holder of
// the mailbox has used a link that was sent there since. It says nothing about who holds the mailbox: see AddressRests.
func AddressConfirmed(user idp.User) bool {
	return user.UsernameChangedAt.IsZero() || MailboxProved(user)
}

// MailboxProved reports whether the holder of the mailbox that is the person's user name has used a link that was sent there: one that
// confirms the address, an invitation, or one that chooses a new password.
func MailboxProved(user idp.User) bool {
	return !user.EmailVerifiedAt.IsZero() && !user.EmailVerifiedAt.Before(user.UsernameChangedAt)
}

// Rename returns the person with the change of their user name noted, and the new address not confirmed. Those who changed it before
// stay noted while it rests, so that a second change by another hand frees no one. The machine's own shell is not noted among them: its
// change begins no rest, and ends none.
func Rename(user idp.User, by idp.Actor, now time.Time) idp.User {
	if !AddressRests(user, now) {
		user.UsernameChangedBy = nil
	}
	if by.Kind != idp.ActorSystem && !slices.Contains(user.UsernameChangedBy, by) {
		user.UsernameChangedBy = append(slices.Clone(user.UsernameChangedBy), by)
	}
	user.UsernameChangedAt, user.EmailVerifiedAt = now, time.Time{}
	return user
}

// ConfirmAddress returns the person with the address that is their user name confirmed now.
func ConfirmAddress(user idp.User, now time.Time) idp.User {
	user.EmailVerifiedAt = now
	return user
}

// Renamed reports whether this person is one of those who changed the user name of the other.
func Renamed(user idp.User, person idp.UserID) bool {
	return slices.ContainsFunc(user.UsernameChangedBy, func(by idp.Actor) bool {
		return by.Kind != idp.ActorClient && by.ID == string(person)
	})
}

// IsApart reports whether what the other person says or does about this one is another's hand, as far as the user name tells: it isn't
// while a changed user name rests, if the other changed it, or has an account that is younger than the change.
func IsApart(other, user idp.User, now time.Time) bool {
	return !AddressRests(user, now) || !Renamed(user, other.ID) && other.CreatedAt.Before(user.UsernameChangedAt)
}

// OneHand is the rule that no one takes an account over alone. A takeover needs the person's mailbox (a changed user name), a password
// link that is mailed there, and, where MFA is on, the person's MFA reset, or where passkeys are needed a code to add one. While a changed user name rests:
//
//	who                                          may mail a password link    may reset MFA, give a code, or enable
//	a visitor who asks for a link                no, and none that unlocks   -
//	each person who changed the user name        no                          no
//	any integration                              no                          no
//	a person whose account is younger than that  no                          no
//	another administrator of the practice        yes                         yes
//	a support case (two members of APS staff)    yes                         yes
//	the machine's own shell                      yes                         yes
//
// In a support case, those who changed the user name, and people whose accounts are younger than the change, neither read out a code nor
// vouch for the person: see IsApart and MayVouch.
//
// What it leaves open on purpose: two administrators who act together; an administrator who reads the person's real mailbox, as the
// people who run a practice's mail can, and then resets MFA (the person is told by e-mail and text, and their sessions end); a person
// who has not joined yet, whose invitation follows the user name, for there is no account to take; an administrator who waits for
// AddressRest, about which the person was told at the old address with a link that freezes the account.
func OneHand(c Command, a Actor, user idp.User, now time.Time) Permission {
	if c != CommandSendPasswordReset && c != CommandResetMFA && c != CommandEnableUser && c != CommandEnrolmentCode || !AddressRests(user, now) {
		return Permitted
	}
	switch {
	case a.Kind == idp.ActorSystem, a.Case != "" && a.Case == user.ID:
		return Permitted
	case !isPerson(a), !IsApart(a.User, user, now):
		return PermissionNewAddress
	default:
		return Permitted
	}
}
