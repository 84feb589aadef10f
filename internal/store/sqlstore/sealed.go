package sqlstore

import (
	"fmt"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// sealedColumn is a column with sealed values.
type sealedColumn struct {
	table, column string
	id            string // the primary key
	value         string // SQL: the sealed value, as bytes, or as base64 where it stands in JSON
	row           string // SQL: the row's name in the place that the value was sealed for
	inJSON        bool
	numbered      bool // the primary key is a number
}

// sealedColumns lists every place of the database with sealed values: what is not listed can't be sealed here, and would be lost when
// the key that sealed it is retired.
func sealedColumns() []sealedColumn {
	columns := []sealedColumn{
		{table: "authenticators", column: "totp_key", id: "id"},
		{table: "authenticators", column: "phone", id: "id"},
		{table: "authenticators", column: "public_key", id: "id"},
		{table: "signing_keys", column: "private", id: "id"},
		{table: "log_keys", column: "private", id: "name"},
		// A message that waits to be sent, or could not be: the outbox seals it.
		{table: "river_job", column: "args", id: "id", value: "args->>'sealed'", row: "args->>'id'", inJSON: true, numbered: true},
	}
	for i := range columns {
		c := &columns[i]
		if !c.inJSON {
			c.value, c.row = c.column, c.id
		}
	}
	return columns
}

// seal seals a secret for its place; a zero secret is NULL. A value copied to another row, column or table does not open.
func (q queries) seal(secret idp.Secret, table, column, row string) ([]byte, error) {
	if secret.IsZero() {
		return nil, nil
	}
	if !slices.ContainsFunc(sealedColumns(), func(c sealedColumn) bool { return c.table == table && c.column == column }) {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("column %s of %s is not listed as sealed", column, table))
	}
	return q.sealer.Seal([]byte(secret.Reveal()), place(table, column, row))
}

func (q queries) open(sealed []byte, table, column, row string) (idp.Secret, error) {
	if len(sealed) == 0 {
		return idp.Secret{}, nil
	}
	plain, err := q.sealer.Open(sealed, place(table, column, row))
	if err != nil {
		return idp.Secret{}, err
	}
	return idp.NewSecret(string(plain)), nil
}

func place(table, column, row string) string { return table + "/" + column + "/" + row }
