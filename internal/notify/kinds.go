package notify

import "github.com/apscloud/apsid/internal/idp"

// shape is what a kind of notice has beside its words.
type shape struct {
	text   bool // it also goes out as a text to the number that is bound
	placed bool // it says by whom and from where
	dated  bool // it is about a day to come, and not about the moment when it was written
}

// kinds lists the notices there are words for. No place is told to a mailbox that nobody has proven to be the person's (an invitation,
// an address to confirm), nor of what people of APS did.
func kinds() map[idp.NoticeKind]shape {
	warning, placed, dated, plain := shape{text: true, placed: true}, shape{placed: true}, shape{dated: true}, shape{}
	return map[idp.NoticeKind]shape{
		idp.NoticeMFASetUp: warning, idp.NoticeMFARevoked: warning, idp.NoticeMFAReset: warning, idp.NoticePassword: warning,
		idp.NoticePINUsed: warning, idp.NoticeSigninPause: warning, idp.NoticeAuthenticator: warning, idp.NoticePINChanged: warning,
		idp.NoticeEnrolmentCode: warning,

		idp.NoticePasswordReset: placed, idp.NoticeUnlock: placed, idp.NoticeUsername: placed, idp.NoticeRoles: placed, idp.NoticeFrozen: placed,

		idp.NoticeMandatory: dated, idp.NoticePasskeys: dated, idp.NoticeSecretExpires: dated, idp.NoticeReviewDue: dated,

		idp.NoticeInvite: plain, idp.NoticeConfirm: plain, idp.NoticeActivation: plain, idp.NoticeMFAReminder: plain, idp.NoticeCaseCode: plain,
		idp.NoticeCaseOpened: plain, idp.NoticeCaseDone: plain,
	}
}
