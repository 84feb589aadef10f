package policy

import "github.com/apscloud/apsid/internal/idp"

// Invitation is what an invitation counts: by who sends it, by practice and by mailbox (ABUSE 57).
func Invitation(a Actor, practice idp.PracticeID, username string) []idp.Use {
	by := idp.LimitInvitationsByActor
	if isAPSProgram(a) {
		by = idp.LimitInvitationsByAPS
	}
	return []idp.Use{
		{Limit: by, Of: nameOf(a)}, {Limit: idp.LimitInvitationsByPractice, Of: string(practice)},
		{Limit: idp.LimitInvitationsToMailbox, Of: Mailbox(username)},
	}
}

// PasswordReset is what a link counts that an administrator has sent, with which a person chooses a new password. What visitors
// without a sign-in ask for counts elsewhere: see RequestedMail.
func PasswordReset(a Actor, practice idp.PracticeID, username string) []idp.Use {
	return []idp.Use{
		{Limit: idp.LimitResetsByActor, Of: nameOf(a)}, {Limit: idp.LimitResetsByPractice, Of: string(practice)},
		{Limit: idp.LimitResetsToMailbox, Of: Mailbox(username)},
	}
}

// ChangeOfAnother is what a change of a person's account counts of which the person is told. The message always goes: it is the
// change that has to wait.
func ChangeOfAnother(a Actor, username string) []idp.Use {
	mailbox := idp.Use{Limit: idp.LimitChangesToMailbox, Of: Mailbox(username)}
	if isAPSProgram(a) {
		return []idp.Use{mailbox}
	}
	return []idp.Use{{Limit: idp.LimitChangesByActor, Of: nameOf(a)}, mailbox}
}

// ConfirmationTo is what a mail counts that asks the holder of a new address to confirm it, beside the change of the account.
func ConfirmationTo(username string) idp.Use {
	return idp.Use{Limit: idp.LimitConfirmationsToMailbox, Of: Mailbox(username)}
}

// ReminderTo is what a reminder to set MFA up counts: whoever sends it, a person gets one a day.
func ReminderTo(username string) []idp.Use {
	return []idp.Use{{Limit: idp.LimitRemindersToMailbox, Of: Mailbox(username)}}
}

// ImportInto is what a part of an import counts: at most 500 people.
func ImportInto(practice idp.PracticeID) []idp.Use {
	return []idp.Use{{Limit: idp.LimitImportsByPractice, Of: string(practice)}}
}

// RefusedByImport is what each user name counts that an import names and another practice has: who imports could look for people of
// other practices (ABUSE 26).
func RefusedByImport(practice idp.PracticeID) []idp.Use {
	return []idp.Use{{Limit: idp.LimitRefusedByImport, Of: string(practice)}}
}

// OwnChange is what a new PIN or authenticator counts of a person's own account: they are told of each, by text message too. It
// counts by sign-in, so that an attacker at one open page does not use up the changes of the owner. A new password is not limited:
// it ends every session, the attacker's too.
func OwnChange(signOn string) []idp.Use {
	return []idp.Use{{Limit: idp.LimitOwnChanges, Of: signOn}}
}

// NewCase is what a support case counts when it is opened: the practice's administrators are told.
func NewCase(a Actor) []idp.Use { return []idp.Use{{Limit: idp.LimitCasesByActor, Of: nameOf(a)}} }

// CaseCode is what a code counts that support mails to be read out.
func CaseCode(reader idp.User) []idp.Use {
	return []idp.Use{{Limit: idp.LimitCaseCodesToMailbox, Of: Mailbox(reader.Username)}}
}

// isAPSProgram reports whether the caller is a program that acts for APS in every practice.
func isAPSProgram(a Actor) bool { return !isPerson(a) && everywhere(a) == Permitted }

// nameOf names the caller to a counter.
func nameOf(a Actor) string {
	if isPerson(a) {
		return string(a.User.ID)
	}
	return string(a.Client.ID)
}
