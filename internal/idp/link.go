package idp

import "time"

// LinkPurpose says what a link in an e-mail does, once, when its page is posted.
type LinkPurpose string

// The purposes there are.
const (
	LinkInvite        LinkPurpose = "invite"         // choose a first password
	LinkPasswordReset LinkPurpose = "password_reset" // choose a new one
	LinkUnlock        LinkPurpose = "unlock"         // end the lock of the password
	LinkConfirm       LinkPurpose = "confirm"        // say that a changed address is the person's: nothing else changes
	LinkEnrolment     LinkPurpose = "enrolment"      // no link: a code that an administrator reads out, to add the first passkey: NewEnrolmentCode
	LinkNotMe         LinkPurpose = "not_me"         // freeze the account: the notice told of something that the account's owner did not do
)

// Link is the stored half of a link in an e-mail. Its token stands only in the e-mail.
type Link struct {
	Hash       string // Secret.Hash of the token
	Purpose    LinkPurpose
	PracticeID PracticeID
	UserID     UserID
	CreatedBy  Actor
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     time.Time // zero: not yet
	// RevokedAt is when the link was revoked: by hand, or by a newer one of this purpose for this person. Zero: never.
	RevokedAt time.Time
}

// IsOpen reports whether the link can still be used.
func (l Link) IsOpen(now time.Time) bool {
	return l.UsedAt.IsZero() && l.RevokedAt.IsZero() && now.Before(l.ExpiresAt)
}
