package policy

import "strings"

// Mailbox is the mailbox behind a user name, as far as it can be told: providers deliver what stands behind a "+" before the "@"
// (RFC 5233) to the same one.
func Mailbox(username string) string {
	local, domain, _ := strings.Cut(username, "@")
	base, _, _ := strings.Cut(local, "+")
	return base + "@" + domain
}
