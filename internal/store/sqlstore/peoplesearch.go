package sqlstore

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// manyFound is how many people of a practice a search may find before their page is looked for the other way round. A search
// that finds more goes through the people in their order, as it finds most of them; a search that finds fewer reads all that it
// finds, and puts them in order.
const manyFound = 1000

func everybody(db *gorm.DB) *gorm.DB { return db }

// searchUsers returns the condition of a search: people whose user name begins with the text, or whose name has, for each word
// of the text, a word that begins with it. Both are ranges of an index: the text is never a pattern.
func (q queries) searchUsers(ctx context.Context, practice idp.PracticeID, typed string) (build, error) {
	s, ok := newSearch(typed)
	if !ok {
		return everybody, nil
	}
	const username = "username >= ? AND username < ?"
	values := []any{text(s.whole), text(s.whole + afterAll)}
	if len(s.words) == 0 {
		return where(username, values...), nil
	}
	word, others := s.wordConditions(practice)
	many, err := q.findsMany(ctx, word)
	if err != nil {
		return nil, err
	}
	values = append(append(values, word.values...), others.values...)
	if many {
		return where("("+username+" OR EXISTS (SELECT 1 FROM user_words w WHERE w.user_id = users.id AND "+word.sql+others.sql+"))", values...), nil
	}
	values = append([]any{text(practice)}, values...)
	return where("id IN (SELECT id FROM users WHERE practice_id = ? AND "+username+
		" UNION SELECT user_id FROM user_words w WHERE "+word.sql+others.sql+")", values...), nil
}

// condition is a part of a statement with its values.
type condition struct {
	sql    string
	values []any
}

// wordConditions returns two conditions on a row w of user_words: that it begins with the longest word of the search, and that
// the person has the others.
func (s search) wordConditions(practice idp.PracticeID) (word, others condition) {
	longest := 0
	for i := range s.words {
		if len(s.words[i]) > len(s.words[longest]) {
			longest = i
		}
	}
	var sql strings.Builder
	for i, prefix := range s.words {
		between := []any{text(prefix), text(prefix + afterAll)}
		if i == longest {
			word = condition{"w.practice_id = ? AND w.word >= ? AND w.word < ?", append([]any{text(practice)}, between...)}
			continue
		}
		sql.WriteString(" AND EXISTS (SELECT 1 FROM user_words o WHERE o.user_id = w.user_id AND o.word >= ? AND o.word < ?)")
		others.values = append(others.values, between...)
	}
	others.sql = sql.String()
	return word, others
}

// findsMany reports whether a word begins the names of more than manyFound people; it reads no further than that.
func (q queries) findsMany(ctx context.Context, word condition) (bool, error) {
	var rows []struct{ Word text }
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Table("user_words w").Select("w.word").Where(word.sql, word.values...).Offset(manyFound).Limit(1)
	})
	return len(rows) > 0, err
}
