package notify

import "github.com/apscloud/apsid/internal/idp"

// kinds lists the notices there are words for, and whether they also go out as a text to the number that is bound.
func kinds() map[idp.NoticeKind]bool {
	return map[idp.NoticeKind]bool{
		idp.NoticeMFASetUp: true, idp.NoticeMFARevoked: true, idp.NoticeMFAReset: true, idp.NoticePassword: true,
		idp.NoticePINUsed: true, idp.NoticeSigninPause: true, idp.NoticeAuthenticator: true, idp.NoticePINChanged: true,

		idp.NoticeInvite: false, idp.NoticePasswordReset: false, idp.NoticeUnlock: false, idp.NoticeUsername: false,
		idp.NoticeConfirm: false,
		idp.NoticeRoles:   false, idp.NoticeFrozen: false, idp.NoticeActivation: false, idp.NoticeMandatory: false,
		idp.NoticeCaseCode: false, idp.NoticeCaseOpened: false, idp.NoticeCaseDone: false, idp.NoticeSecretExpires: false,
		idp.NoticeReviewDue: false,
	}
}
