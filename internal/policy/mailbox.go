package policy

import (
	"strings"
	"unicode"
)

// longestLocal is the longest part of an address before the "@" (RFC 5321, section 4.5.3.1.1).
const longestLocal = 64

// IsMailbox reports whether a user name, as idp.NormalUsername returns it, may be given to a person: mail goes there, and the name
// stands in lists and mails. It has no characters that can't be seen, turn the reading direction or need quotes in an address.
func IsMailbox(username string) bool {
	local, domain, _ := strings.Cut(username, "@")
	return local != "" && domain != "" && len(local) <= longestLocal && !strings.HasPrefix(domain, ".") && !strings.HasPrefix(domain, "-") &&
		!strings.ContainsFunc(username, func(r rune) bool {
			return !unicode.IsPrint(r) || strings.ContainsRune(`<>()[]{},;:"\|`+"`", r)
		})
}

// Mailbox is the mailbox behind a user name, as far as it can be told: providers deliver what stands behind a "+" before the "@"
// (RFC 5233) to the same one.
func Mailbox(username string) string {
	local, domain, _ := strings.Cut(username, "@")
	base, _, _ := strings.Cut(local, "+")
	return base + "@" + domain
}
