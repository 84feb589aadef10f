package policy

import "github.com/apscloud/apsid/internal/idp"

// MailRequest is what a request for a mail counts, by a visitor without a sign-in. It counts on the visitor's network alone: a
// counter of the name in the form would let an attacker, who knows the name, use up the requests of its owner (ABUSE 18).
func MailRequest(kind idp.NoticeKind, address string) []idp.Use {
	return []idp.Use{{Limit: idp.LimitMailRequestsByNetwork, Of: ofKind(kind, Network(address))}}
}

// RequestedMail is what a mail counts that such a request leads to, once it is known that there is something to send: a request to
// unlock an account that is not locked uses up nothing. Each kind of mail has counters of its own, so that no kind uses up another
// (ABUSE 18).
func RequestedMail(kind idp.NoticeKind, username, address string) []idp.Use {
	return []idp.Use{
		{Limit: idp.LimitRequestedMailsByNetwork, Of: ofKind(kind, Network(address))},
		{Limit: idp.LimitRequestedMailsToMailbox, Of: ofKind(kind, username)},
	}
}

func ofKind(kind idp.NoticeKind, of string) string { return string(kind) + " " + of }
