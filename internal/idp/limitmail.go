package idp

// Limits on mails that visitors without a sign-in ask for. Each kind of mail has counters of its own.
const (
	LimitMailRequestsByNetwork   LimitName = "mail-requests-by-network"
	LimitRequestedMailsByNetwork LimitName = "requested-mails-by-network"
	LimitRequestedMailsToMailbox LimitName = "requested-mails-to-mailbox"
)
