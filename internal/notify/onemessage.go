package notify

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// basicAlphabet is what a text message holds longestText characters of (3GPP TS 23.038, section 6.2.1). With any other character it
	// holds 70.
	basicAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
		"abcdefghijklmnopqrstuvwxyzäöñüà"
	longestText = 160
)

// named words a text message that bears the name of the service. A name that would make a second message of it, which costs twice and
// may arrive in parts, is left out: word is then called with "".
func named(service string, word func(service string) (string, error)) (string, error) {
	with, err := word(basic(service))
	if err != nil || isOneMessage(with) {
		return with, err
	}
	without, err := word("")
	if err != nil || !isOneMessage(without) {
		return with, err // it is not the name that makes it long
	}
	return without, nil
}

// basic spells a name in the alphabet of text messages as far as leaving accents away does it: "Nga Kaute" for "Ngā Kaute".
func basic(name string) string {
	var spelled strings.Builder
	for _, r := range norm.NFC.String(name) {
		if !isBasic(r) {
			base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r)))
			if isBasic(base) {
				r = base
			}
		}
		spelled.WriteRune(r)
	}
	return spelled.String()
}

func isBasic(r rune) bool { return strings.ContainsRune(basicAlphabet, r) }

func isOneMessage(text string) bool {
	return utf8.RuneCountInString(text) <= longestText && strings.IndexFunc(text, func(r rune) bool { return !isBasic(r) }) < 0
}
