package sqlstore

import (
	"github.com/apscloud/apsid/internal/idp"
)

// seal seals a secret for its place; a zero secret is NULL. A value copied to another row, column or table does not open.
func (q queries) seal(secret idp.Secret, table, column, row string) ([]byte, error) {
	if secret.IsZero() {
		return nil, nil
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
