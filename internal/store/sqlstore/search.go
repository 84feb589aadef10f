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

// like is the pattern of texts that have the word as a part: LIKE with ESCAPE '\'.
func like(word string) text {
	return text("%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%")
}
