package sqlstore

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// order is how a list of people is sorted: by rank, if there is one, then by a text and by identifier. A list that is turned round has
// its ranks the other way round, and people of one rank by name as before; without ranks, everything is the other way round.
type order struct {
	sort directory.UserSort
	rank string // an expression, a text or a time; "": none
	text string // a column
}

// orderUsers returns the order; idp.ErrInvalid for one that does not exist.
func orderUsers(sort directory.UserSort) (order, error) {
	o := order{sort: sort.Forward(), text: "folded"}
	if sort.IsReverse() {
		o.sort = o.sort.Reverse()
	}
	switch sort.Forward() {
	case directory.SortName:
	case directory.SortUsername:
		o.text = "username"
	case directory.SortMFA:
		// Asked of each person: a join over the practice is computed anew for each of those that a search finds, because their number is
		// guessed too low.
		o.rank = "coalesce((SELECT min(kind) || max(kind) FROM authenticators m WHERE m.practice_id = users.practice_id AND m.user_id = users.id), '')"
	case directory.SortRights:
		o.rank = fmt.Sprintf(`CASE WHEN roles LIKE '%s' THEN '1' WHEN roles LIKE '%s' THEN '2' WHEN %s THEN '3' ELSE '4' END`,
			likeRole(idp.RoleSystemAdministrator), likeRole(idp.RoleUserManagement), withRoles)
	case directory.SortLastSignin:
		o.rank = "coalesce(last_signin_at, '1970-01-01T00:00:00.000000Z')"
	default:
		return order{}, idp.ErrInvalid
	}
	return o, nil
}

// key is the place of a person in an order.
type key struct {
	Rank rank
	Text text
	ID   text
}

// rank is a rank as text, in which a time is as a column of SQLite holds it.
type rank string

// Scan reads it.
func (r *rank) Scan(value any) error {
	switch v := value.(type) {
	case string:
		*r = rank(v)
	case time.Time:
		*r = rank(v.UTC().Format(stampLayout))
	default:
		return fmt.Errorf("rank: %T", value)
	}
	return nil
}

// keys selects the places of people.
func (o order) keys(db *gorm.DB) *gorm.DB {
	ranked := o.rank
	if ranked == "" {
		ranked = "''"
	}
	return db.Table("users").Select(ranked + " AS rank, " + o.text + " AS text, users.id")
}

// directions are those of ranks and of texts, when the list is read from its beginning, or from its end.
func (o order) directions(fromEnd bool) (ofRank, ofText direction) {
	ranks, texts := fromEnd != o.sort.IsReverse(), fromEnd
	if o.rank == "" {
		texts = ranks
	}
	return direction(ranks), direction(texts)
}

// direction is true from the greatest to the least.
type direction bool

func (d direction) word() string   { return map[direction]string{false: "ASC", true: "DESC"}[d] }
func (d direction) beyond() string { return map[direction]string{false: ">", true: "<"}[d] }

func (o order) sorted(db *gorm.DB, fromEnd bool) *gorm.DB {
	ofRank, ofText := o.directions(fromEnd)
	if o.rank != "" {
		db = db.Order("rank " + ofRank.word())
	}
	return db.Order("text " + ofText.word() + ", users.id " + ofText.word())
}

// beyond is the condition of the people who come after k, in the direction in which the list is read.
func (o order) beyond(k key, fromEnd bool) condition {
	ofRank, ofText := o.directions(fromEnd)
	later := condition{"(" + o.text + ", users.id) " + ofText.beyond() + " (?, ?)", []any{k.Text, k.ID}}
	switch {
	case o.rank == "":
		return later
	case ofRank == ofText: // the rank is computed once
		return condition{
			"(" + o.rank + ", " + o.text + ", users.id) " + ofRank.beyond() + " (?, ?, ?)", []any{text(k.Rank), k.Text, k.ID},
		}
	}
	return condition{
		"(" + o.rank + " " + ofRank.beyond() + " ? OR " + o.rank + " = ? AND " + later.sql + ")",
		append([]any{text(k.Rank), text(k.Rank)}, later.values...),
	}
}

// condition is a part of a statement with its values.
type condition struct {
	sql    string
	values []any
}

const (
	cursorBegins = "at." // which no identifier does
	cursorParts  = 4
)

// cursor names the place, so that a list goes on from there whatever becomes of the person. By user name it is the identifier, as
// nodes of the previous release know it.
func (o order) cursor(k key) string {
	if o.sort == directory.SortUsername {
		return string(k.ID)
	}
	raw := strings.Join([]string{string(o.sort), string(k.Rank), string(k.ID), string(k.Text)}, "\n")
	return cursorBegins + base64.RawURLEncoding.EncodeToString([]byte(raw))
}

// read is the place that a cursor names; idp.ErrInvalid for one that no list of this order returned.
func (o order) read(cursor string) (key, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(cursor, cursorBegins))
	if err != nil {
		return key{}, idp.ErrInvalid
	}
	parts := strings.SplitN(string(raw), "\n", cursorParts)
	if len(parts) != cursorParts || parts[0] != string(o.sort) || clean(string(raw)) != text(raw) {
		return key{}, idp.ErrInvalid
	}
	if o.sort.Forward() == directory.SortLastSignin {
		if _, err := time.Parse(stampLayout, parts[1]); err != nil {
			return key{}, idp.ErrInvalid
		}
	}
	return key{Rank: rank(parts[1]), ID: text(parts[2]), Text: text(parts[3])}, nil
}
