package sqlstore

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm/clause"
)

const (
	// longestWord is how many bytes of a word are compared: the word is stored in an index, which bounds its length.
	longestWord = 200
	// mostWords bounds how many words of one search are looked for.
	mostWords = 5
	// afterAll sorts after every letter in UTF-8: all texts that begin with a text lie between it and the same text followed by
	// afterAll.
	afterAll = "\U0010FFFF"
	// insertBatch is how many short rows one statement writes: both engines bound the values of a statement.
	insertBatch = 500
)

// wordRow is one word of the name of one person.
type wordRow struct {
	PracticeID text `gorm:"primaryKey"`
	Word       text `gorm:"primaryKey"`
	UserID     text `gorm:"primaryKey"`
}

// TableName names the table.
func (wordRow) TableName() string { return "user_words" }

// words are the words of a name or of a search, in lower case and composed (NFC), each once, in any script: any character that
// is neither letter, mark nor number separates two words. A search for "o'b" finds "O’Brien", as both are "o" and "b…".
func words(s string) []string {
	s = norm.NFC.String(strings.ToLower(strings.ToValidUTF8(s, "\uFFFD")))
	all := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) })
	for i, word := range all {
		if len(word) > longestWord {
			all[i] = strings.ToValidUTF8(word[:longestWord], "") // not half a letter
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// search is the text that a person typed to find people, practices or apps.
type search struct {
	whole string   // in lower case, without the spaces around it
	words []string // each begins a word of the name
}

// newSearch reads the text; ok is false if it holds nothing to look for.
func newSearch(typed string) (s search, ok bool) {
	s.whole = string(clean(strings.ToLower(strings.TrimSpace(typed))))
	s.words = words(typed)
	s.words = s.words[:min(len(s.words), mostWords)]
	return s, s.whole != ""
}

// finds reports whether each word of the search begins a word of the name.
func (s search) finds(name string) bool {
	of := words(name)
	for _, prefix := range s.words {
		if !slices.ContainsFunc(of, func(word string) bool { return strings.HasPrefix(word, prefix) }) {
			return false
		}
	}
	return len(s.words) > 0
}

// indexNames replaces the words of these people by those of their names.
func (tx *Tx) indexNames(ctx context.Context, users ...userRow) error {
	var ids []text
	var rows []wordRow
	for _, u := range users {
		ids = append(ids, u.ID)
		for _, word := range words(string(u.Name)) {
			rows = append(rows, wordRow{PracticeID: u.PracticeID, Word: text(word), UserID: u.ID})
		}
	}
	for batch := range slices.Chunk(ids, insertBatch) {
		if _, err := tx.remove(ctx, &wordRow{}, where("user_id IN ?", batch)); err != nil {
			return err
		}
	}
	return tx.insertWords(ctx, rows)
}

func (tx *Tx) insertWords(ctx context.Context, rows []wordRow) error {
	for batch := range slices.Chunk(rows, insertBatch) {
		if _, err := tx.insert(ctx, &batch, clause.OnConflict{DoNothing: true}); err != nil {
			return err
		}
	}
	return nil
}
