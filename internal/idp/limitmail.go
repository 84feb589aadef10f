package idp

// Limits on mails that visitors without a sign-in ask for. Each kind of mail has counters of its own.
const (
	LimitMailRequestsByNetwork   LimitName = "mail-requests-by-network"
	LimitRequestedMailsByNetwork LimitName = "requested-mails-by-network"
	LimitRequestedMailsToMailbox LimitName = "requested-mails-to-mailbox"
)

// Limits on mails that people and integrations have sent to others, or to themselves, by a command.
const (
	LimitInvitationsByActor     LimitName = "invitations-by-actor"
	LimitInvitationsByPractice  LimitName = "invitations-by-practice"
	LimitInvitationsByAPS       LimitName = "invitations-by-aps"
	LimitInvitationsToMailbox   LimitName = "invitations-to-mailbox"
	LimitResetsByActor          LimitName = "resets-by-actor"
	LimitResetsByPractice       LimitName = "resets-by-practice"
	LimitResetsToMailbox        LimitName = "resets-to-mailbox"
	LimitChangesByActor         LimitName = "changes-by-actor"
	LimitChangesToMailbox       LimitName = "changes-to-mailbox"
	LimitConfirmationsToMailbox LimitName = "confirmations-to-mailbox"
	LimitRemindersToMailbox     LimitName = "reminders-to-mailbox"
	LimitImportsByPractice      LimitName = "imports-by-practice"
	LimitRefusedByImport        LimitName = "import-refusals-by-practice"
	LimitOwnChanges             LimitName = "own-changes"
	LimitCasesByActor           LimitName = "cases-by-actor"
	LimitCaseCodesToMailbox     LimitName = "case-codes-to-mailbox"
)
