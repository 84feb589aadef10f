package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"

	"github.com/apscloud/apsid/internal/idp"
)

// signedInRow is a session with its person and their practice. What rests on a session is asked for with every token, so one statement
// reads all three, which is composed when the store is opened.
type signedInRow struct {
	session  sessionRow
	user     userRow
	practice practiceRow
}

func (r *signedInRow) rows() []any { return []any{&r.session, &r.user, &r.practice} }

func (r *signedInRow) domain() (in idp.SignedIn, err error) {
	if in.Session, err = r.session.domain(); err != nil {
		return idp.SignedIn{}, err
	}
	if in.User, err = r.user.domain(); err != nil {
		return idp.SignedIn{}, err
	}
	in.Practice, err = r.practice.domain()
	return in, err
}

// joins are statements over several tables. Each lists the columns of its rows in the order of places, and no others: a newer schema may
// have more (side by side upgrades).
type joins struct {
	signedIn string // the rows of a signedInRow
	refresh  string // a refreshRow, and those
}

func newJoins() (joins, error) {
	refresh, err1 := columnsOf("r", &refreshRow{})
	session, err2 := columnsOf("s", &sessionRow{})
	user, err3 := columnsOf("u", &userRow{})
	practice, err4 := columnsOf("p", &practiceRow{})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return joins{}, err
	}
	// Nothing that rests on a session needs the hash of a password.
	user = strings.Replace(user, "u.password_hash", "''", 1)
	all := strings.Join([]string{session, user, practice}, ", ")
	from := " FROM %s JOIN users u ON u.id = s.user_id JOIN practices p ON p.id = u.practice_id WHERE "
	return joins{
		signedIn: "SELECT " + all + fmt.Sprintf(from, "sessions s"),
		refresh:  "SELECT " + refresh + ", " + all + fmt.Sprintf(from, "refresh_tokens r JOIN sessions s ON s.id = r.sid"),
	}, nil
}

func columnsOf(table string, row any) (string, error) {
	parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		return "", fmt.Errorf("columns of %T: %w", row, err)
	}
	return table + "." + strings.Join(parsed.DBNames, ", "+table+"."), nil
}

// places are where the columns of the rows, pointers to structs, are read to.
func places(rows ...any) []any {
	var list []any
	for _, row := range rows {
		fields := reflect.ValueOf(row).Elem()
		for i := range fields.NumField() {
			list = append(list, fields.Field(i).Addr().Interface())
		}
	}
	return list
}

// read reads one row of a statement that stands as it is; idp.ErrNotFound if there is none.
func (q queries) read(ctx context.Context, statement string, values, into []any) error {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	return mapFind(q.db.WithContext(ctx).Raw(statement, values...).Row().Scan(into...))
}

func (q queries) signedIn(ctx context.Context, which string, values ...any) (idp.SignedIn, error) {
	var row signedInRow
	if err := q.read(ctx, q.joins.signedIn+which, values, places(row.rows()...)); err != nil {
		return idp.SignedIn{}, err
	}
	return row.domain()
}

// FindSignedIn returns the session, ended or not, with its person; idp.ErrNotFound if there is none.
func (q queries) FindSignedIn(ctx context.Context, id idp.SID) (idp.SignedIn, error) {
	return q.signedIn(ctx, "s.id = ?", text(id))
}

// FindSignedInUnspent is FindSignedIn for something of the session that may have been spent: idp.ErrNotFound if it was (IsSpent).
func (q queries) FindSignedInUnspent(ctx context.Context, id idp.SID, name string, now time.Time) (idp.SignedIn, error) {
	return q.signedIn(ctx, "s.id = ? AND NOT EXISTS (SELECT 1 FROM spent WHERE hash = ? AND expires_at > ?)",
		text(id), text(idp.HashToken(name)), at(now))
}

// FindSignedInByBrowser returns the session of this cookie (by hash) at this app, ended or not, the newest if there are several, with
// its person; idp.ErrNotFound if there is none.
func (q queries) FindSignedInByBrowser(ctx context.Context, browserHash string, client idp.ClientID) (idp.SignedIn, error) {
	if browserHash == "" {
		return idp.SignedIn{}, idp.ErrNotFound
	}
	return q.signedIn(ctx, "s.browser_hash = ? AND s.client_id = ? ORDER BY s.created_at DESC, s.id DESC LIMIT 1", text(browserHash), text(client))
}

// FindRefreshTokenHolder returns the token, used or not, with the session that it is of and its person; idp.ErrNotFound if there is no
// such token.
func (q queries) FindRefreshTokenHolder(ctx context.Context, hash string) (idp.RefreshToken, idp.SignedIn, error) {
	var token refreshRow
	var row signedInRow
	err := q.read(ctx, q.joins.refresh+"r.hash = ?", []any{text(hash)}, places(append([]any{&token}, row.rows()...)...))
	if err != nil {
		return idp.RefreshToken{}, idp.SignedIn{}, err
	}
	in, err := row.domain()
	return token.domain(), in, err
}
