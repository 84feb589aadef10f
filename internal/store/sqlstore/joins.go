package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gorm.io/gorm/schema"
)

// joins are statements over several tables, composed when the store is opened: what is asked for with every token and at every step of a
// sign-in is not composed anew each time. Each lists the columns of its rows in the order of places, and no others: a newer schema may
// have more (side by side upgrades).
type joins struct {
	signedIn    string // the rows of a signedInRow
	refresh     string // a refreshRow, and those
	account     string // the rows of an accountRow; %s: which
	hold        string // nothing of a person and their practice, which it keeps as they are; "" where a transaction has the only write lock
	holdAt      string // a clientRow, which it keeps too, last; "" likewise
	holdCodesAt string // a guardRow, which it keeps first, and a clientRow; "" likewise
}

func newJoins(engine Engine) (joins, error) {
	columns := map[string]string{}
	for table, row := range map[string]any{
		"a": &authenticatorRow{}, "c": &clientRow{}, "g": &guardRow{}, "p": &practiceRow{}, "r": &refreshRow{}, "s": &sessionRow{}, "u": &userRow{}, "w": &pinRow{},
	} {
		parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			return joins{}, fmt.Errorf("columns of %T: %w", row, err)
		}
		columns[table] = table + "." + strings.Join(parsed.DBNames, ", "+table+".")
	}
	// A person without an authenticator has a row in which all of its columns are NULL.
	none := strings.NewReplacer("a.last_step", "coalesce(a.last_step, 0)", "a.sign_count", "coalesce(a.sign_count, 0)",
		"a.backup_eligible", "coalesce(a.backup_eligible, FALSE)", "a.backed_up", "coalesce(a.backed_up, FALSE)",
		"a.transports", "coalesce(a.transports, '[]')")
	// Nothing that rests on a session needs the hash of a password.
	without := strings.Replace(columns["u"], "u.password_hash", "''", 1)
	signedIn := columns["s"] + ", " + without + ", " + columns["p"]
	holder := " JOIN users u ON u.id = s.user_id JOIN practices p ON p.id = u.practice_id WHERE "
	j := joins{
		signedIn: "SELECT " + signedIn + " FROM sessions s" + holder,
		refresh:  "SELECT " + columns["r"] + ", " + signedIn + " FROM refresh_tokens r JOIN sessions s ON s.id = r.sid" + holder,
		account: "SELECT " + columns["u"] + ", " + columns["p"] + ", " + columns["w"] + ", " + none.Replace(columns["a"]) +
			" FROM users u JOIN practices p ON p.id = u.practice_id LEFT JOIN recovery_pins w ON w.user_id = u.id" +
			" LEFT JOIN authenticators a ON a.user_id = u.id AND a.practice_id = u.practice_id WHERE %s ORDER BY a.created_at DESC, a.id DESC",
	}
	if engine == Postgres {
		const held = " FROM users u JOIN practices p ON p.id = u.practice_id%s WHERE u.id = $1 AND p.id = $2%s"
		j.hold = "SELECT 1" + fmt.Sprintf(held, "", "") + " FOR UPDATE OF u FOR SHARE OF p"
		// The rows are locked in the order in which they are named last.
		j.holdAt = "SELECT " + columns["c"] + fmt.Sprintf(held, " CROSS JOIN clients c", " AND c.id = $3") + " FOR UPDATE OF u FOR SHARE OF p FOR SHARE OF c"
		j.holdCodesAt = "SELECT " + columns["g"] + ", " + columns["c"] +
			fmt.Sprintf(held, " CROSS JOIN clients c CROSS JOIN guards g", " AND c.id = $3 AND g.subject_hash = $4 AND g.proof = $5") +
			" FOR UPDATE OF g FOR UPDATE OF u FOR SHARE OF p FOR SHARE OF c"
	}
	return j, nil
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

// read reads one row of a statement that stands as it is, with its values as $1 and so on; idp.ErrNotFound if there is none.
func (q queries) read(ctx context.Context, statement string, values, into []any) error {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	return mapFind(q.db.Statement.ConnPool.QueryRowContext(ctx, statement, values...).Scan(into...))
}

// readAll gives each row of such a statement to take.
func (q queries) readAll(ctx context.Context, statement string, values []any, take func(scan func(...any) error) error) error {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	rows, err := q.db.Statement.ConnPool.QueryContext(ctx, statement, values...)
	if err != nil {
		return mapFind(err)
	}
	for err == nil && rows.Next() {
		err = take(rows.Scan)
	}
	return mapFind(errors.Join(err, rows.Err(), rows.Close()))
}
