package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// NotMeLife is how long the link *this wasn't me* in a warning freezes the account: the person may be on leave when it comes.
const NotMeLife = 14 * 24 * time.Hour

// Warns reports whether a notice of this kind tells of an action that another person took, if its reader did not.
func Warns(kind idp.NoticeKind) bool {
	switch kind {
	case idp.NoticeMFASetUp, idp.NoticeMFARevoked, idp.NoticeMFAReset, idp.NoticePassword, idp.NoticePINUsed, idp.NoticeAuthenticator,
		idp.NoticePINChanged, idp.NoticeUsername, idp.NoticeEnrolmentCode:
		return true
	default:
		return false
	}
}

// NeedsNotMe decides whether the notice must carry a link *this wasn't me* that it does not have yet: a warning by e-mail. A text
// message is too short for one, and the same warning goes by e-mail beside it.
func NeedsNotMe(n idp.Notice) bool { return Warns(n.Kind) && n.Email != "" && n.NotMe.IsZero() }

// NotMeLink is the stored half of the link in the notice, whose token has this hash. The practice is that of the person.
func NotMeLink(n idp.Notice, hash string, practice idp.PracticeID) idp.Link {
	return idp.Link{
		Hash: hash, Purpose: idp.LinkNotMe, PracticeID: practice, UserID: n.UserID, CreatedBy: idp.Actor{Kind: idp.ActorSystem},
		CreatedAt: n.At, ExpiresAt: n.At.Add(NotMeLife),
	}
}
