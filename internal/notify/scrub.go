package notify

import (
	"regexp"
	"strings"
	"unicode"
)

const maxReply = 300 // bytes of a provider's words in an error

var (
	// addressed is what may name a mailbox: with its host, or in the brackets of SMTP (RFC 5321, section 4.1.2).
	addressed = regexp.MustCompile(`<[^>]*>|\S*@\S*`)
	// digits are what may be a telephone number, or a part of one.
	digits = regexp.MustCompile(`\+?[0-9](?:[ ().-]{0,2}[0-9]){4,}`)
	// replyCode is a reply's code with its enhanced one (RFC 5321, section 4.2; RFC 3463, section 2), which are digits as well.
	replyCode = regexp.MustCompile(`^[245][0-9]{2}[ -][245]\.[0-9]{1,3}\.[0-9]{1,3}$`)
)

// scrubbed is what a provider said, for the log and for an error: one line, cut short, without addresses and numbers, however it wrote
// them, and without the recipient's name.
func scrubbed(text, recipient string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = addressed.ReplaceAllString(text, "[address]")
	text = digits.ReplaceAllStringFunc(text, func(found string) string {
		if replyCode.MatchString(found) {
			return found
		}
		return "[number]"
	})
	if name, _, _ := strings.Cut(recipient, "@"); len(name) > 2 {
		text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(name)).ReplaceAllString(text, "[name]")
	}
	if len(text) > maxReply {
		text = strings.ToValidUTF8(text[:maxReply], "") + "…"
	}
	return text
}
