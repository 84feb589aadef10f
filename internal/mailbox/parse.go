package mailbox

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	maxLocal  = 64 // octets (RFC 5321, section 4.5.3.1.1)
	lookslike = "must look like name@example.com"
)

// Parse returns the user name that a new account may have, in the form in which user names are stored and compared. Space around the
// address and upper case are taken away, because copying brings them; nothing else is put right, because mail would go somewhere
// else than the person who typed it sees. Parse of its own result returns the same.
//
// Errors: idp.CodeInvalid with field "username" and what is wrong with it.
func Parse(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > longestTyped:
		return "", wrong("is longer than an email address can be")
	case !utf8.ValidString(text):
		return "", wrong("has characters that can’t be used")
	case strings.ContainsFunc(text, invisible):
		return "", wrong("has a character that can’t be seen: type it by hand instead of copying it")
	case norm.NFC.String(text) != norm.NFKC.String(text):
		return "", wrong("has special forms of characters, such as wide or joined letters: type plain ones")
	}
	name := Typed(text)
	local, domain, found := strings.Cut(name, "@")
	if !found || !isDotString(local) {
		return "", wrong(lookslike)
	}
	_, ascii, ok := domains(domain)
	switch {
	case !ok || !isHost(ascii):
		return "", wrong(lookslike)
	case len(local) > maxLocal || len(name) > idp.MaxUsername || len(local)+1+len(ascii) > idp.MaxUsername:
		return "", wrong("is longer than an email address can be")
	case mixed(local) || slices.ContainsFunc(strings.Split(domain, "."), mixed):
		return "", wrong("mixes letters of different alphabets that look alike")
	case Typed(name) != name:
		return "", wrong("has characters that can’t be used")
	}
	return name, nil
}

// Wire returns the address as mail servers take it: with the domain in A-labels (RFC 5890, section 2.3.2.1). Only a local part that
// is not ASCII needs a server with SMTPUTF8 (RFC 6531). An address that Parse would refuse comes back as it is.
func Wire(address string) string {
	local, domain, found := strings.Cut(address, "@")
	_, ascii, ok := domains(domain)
	if !found || !ok {
		return address
	}
	return local + "@" + ascii
}

func wrong(text string) error { return idp.Invalid("username", "%s", text) }

// isDotString reports whether the text is a Dot-string (RFC 5321, section 4.1.2), with letters, marks and digits of every script
// beside ASCII. Left out are "%" and "!", which mail servers have read as a way to other hosts (RFC 5321, appendix F.2), and braces,
// bars and backticks, which no mailbox needs and programs read as more than text.
func isDotString(text string) bool {
	for _, atom := range strings.Split(text, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !isText(r) }) {
			return false
		}
		if first, _ := utf8.DecodeRuneInString(atom); unicode.IsMark(first) {
			return false
		}
	}
	return true
}

func isText(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("#$&'*+-/=?^_~", r)
	}
	return unicode.In(r, unicode.L, unicode.Mn, unicode.Mc, unicode.Nd)
}

// domains returns a domain as people read it and as mail servers take it. It reports false for what can't be one.
func domains(domain string) (readable, ascii string, ok bool) {
	if len(domain) > idp.MaxUsername {
		return "", "", false
	}
	profile := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true), idna.ValidateLabels(true),
		idna.CheckHyphens(true), idna.CheckJoiners(true), idna.VerifyDNSLength(true))
	ascii, err := profile.ToASCII(domain)
	if err != nil {
		return "", "", false
	}
	readable, err = profile.ToUnicode(ascii)
	if err != nil {
		return "", "", false
	}
	again, err := profile.ToASCII(readable)
	return readable, ascii, err == nil && again == ascii
}

// isHost reports whether the domain, in A-labels, is fully qualified (RFC 5321, section 2.3.5) and no address written as numbers.
func isHost(ascii string) bool {
	labels := strings.Split(ascii, ".")
	last := labels[len(labels)-1]
	return len(labels) > 1 && !slices.Contains(labels, "") && strings.ContainsFunc(last, func(r rune) bool { return r < '0' || r > '9' })
}
