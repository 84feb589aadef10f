package sqlstore

import (
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// mostWords bounds how many words of one search are looked for.
const mostWords = 5

// search is the text that a person typed to find people, practices or apps.
type search struct {
	whole string   // in lower case, without the spaces around it
	words []string // folded; each is a part of what is found, and none finds nothing
}

// newSearch reads the text; ok is false if nothing was typed.
func newSearch(typed string) (s search, ok bool) {
	s.whole = string(clean(strings.ToLower(strings.TrimSpace(typed))))
	s.words = strings.Fields(idp.Fold(typed))
	slices.Sort(s.words)
	s.words = slices.Compact(s.words)
	s.words = s.words[:min(len(s.words), mostWords)]
	if slices.ContainsFunc(s.words, func(word string) bool { return len(word) > longestFolded }) {
		s.words = nil // no name has it, and patterns are bounded
	}
	return s, s.whole != ""
}

// finds reports whether each word of the search is a part of the folded text.
func (s search) finds(folded string) bool {
	for _, word := range s.words {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return len(s.words) > 0
}

// findsPerson reports whether each word of the search is a part of a folded row: of the whole of it for a word that has an at sign,
// and otherwise of what stands before the last one, as a practice's people share the domain of their addresses.
func (s search) findsPerson(folded string) bool {
	for _, word := range s.words {
		of := folded
		if !strings.Contains(word, "@") {
			of = folded[:strings.LastIndex(folded, "@")]
		}
		if !strings.Contains(of, word) {
			return false
		}
	}
	return len(s.words) > 0
}

// likePerson is the pattern of the folded rows in which the word is found: LIKE with ESCAPE '\'.
func likePerson(word string) text {
	escaped := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word)
	if strings.Contains(word, "@") {
		return text("%" + escaped + "%")
	}
	return text("%" + escaped + "%@%")
}
