package policy

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// schemePattern finds the beginning of an address, also as people write it so that no program makes a link of it.
	schemePattern = regexp.MustCompile(`://|\bh(tt|xx|tx|xt)ps?\b|\b(ftps?|mailto|tel|sms|callto|javascript)\s*:|\bwww\d?\s*\.`)
	// dotPattern finds the dot of a domain in the same disguise, and one with spaces before it.
	dotPattern = regexp.MustCompile(`\s*[\[({<]\s*(\.|dot)\s*[\])}>]\s*|\s+\.`)
)

// hasLink reports whether the name, as unfancied returns it, has a web address: with a scheme, or a bare domain.
func hasLink(plain string) bool {
	if schemePattern.MatchString(plain) {
		return true
	}
	plain = dotPattern.ReplaceAllString(plain, ".")
	for plain != "" {
		end := strings.IndexFunc(plain, func(r rune) bool { return !inHost(r) })
		if end < 0 {
			end = len(plain)
		}
		if isHost(plain[:end], plain[end:]) {
			return true
		}
		_, size := utf8.DecodeRuneInString(plain[end:])
		plain = plain[end+size:]
	}
	return false
}

func inHost(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '.' || r == '-' || r == '_'
}

// isHost reports whether a word is the host of an address; after is what follows it in the name.
func isHost(word, after string) bool {
	if _, err := netip.ParseAddr(word); err == nil {
		return true
	}
	labels := strings.Split(strings.Trim(word, "."), ".")
	pathed := strings.HasPrefix(after, "/") || strings.HasPrefix(after, ":")
	if len(labels) == 2 && abbreviated(labels[0]) && !pathed {
		return false
	}
	for i, label := range labels[1:] {
		if isTopLevel(ending(label)) && (pathed || slices.ContainsFunc(labels[:i+1], isWord)) {
			return true
		}
	}
	return false
}

// isWord tells a label of a domain from the initials of a name: "J.Ng" and "B.Com" are no addresses.
func isWord(label string) bool { return utf8.RuneCountInString(label) > 1 }

// abbreviated reports whether people write a dot after the word and no space: "Mr.Ng", "St.Clair", "Co.Ltd".
func abbreviated(word string) bool {
	return slices.Contains(strings.Fields("mr mrs ms mx dr prof rev fr sr jr st ste mt co no ltd pty inc bros assoc wm jos chas geo"), word)
}

// ending returns the label, or the ASCII letters that it begins with if letters of another script than Latin follow: text in such a
// script stands directly behind an address.
func ending(label string) string {
	for i, r := range label {
		if r >= utf8.RuneSelf && i > 0 {
			if unicode.Is(unicode.Latin, r) {
				return label
			}
			return label[:i]
		}
		if r >= utf8.RuneSelf {
			return label
		}
	}
	return label
}
