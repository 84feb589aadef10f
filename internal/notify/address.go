package notify

import (
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// safeEndpoint admits an address we may send secrets to: encrypted, or not leaving this machine.
func safeEndpoint(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && idp.IsLoopback(u.Hostname())
}

// validSenderID follows SNS: 1 to 11 letters and digits, with a letter.
func validSenderID(id string) bool {
	const longest = 11
	letters := strings.IndexFunc(id, isLetter) >= 0
	others := strings.IndexFunc(id, func(r rune) bool { return !isLetter(r) && (r < '0' || r > '9') }) >= 0
	return len(id) <= longest && letters && !others
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
