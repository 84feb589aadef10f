package idp

import "strings"

// MaxUsername is the longest user name, in bytes (RFC 5321, section 4.5.3.1.3: a path of 256 with its brackets).
const MaxUsername = 254

// NormalUsername returns the form in which user names are stored and compared: trimmed and in lower case. It reports false
// for text that cannot be the e-mail address of a user: too long, without one "@" between two parts, or with spaces or
// control characters inside.
func NormalUsername(text string) (string, bool) {
	name := strings.ToLower(strings.TrimSpace(text))
	local, domain, found := strings.Cut(name, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") || len(name) > MaxUsername {
		return name, false
	}
	for _, r := range name {
		if r <= ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return name, false
		}
	}
	return name, true
}
