package oidcop_test

import (
	"database/sql"
	"strings"

	_ "modernc.org/sqlite" // the driver that the embedded store uses
)

// exec changes a row in the database directly, without the service's knowledge.
func (h *house) exec(on engines, statement string) {
	h.t.Helper()
	db := must(sql.Open("sqlite", strings.TrimPrefix(on.sql, "sqlite:")+"?_pragma=busy_timeout(5000)"))
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		h.t.Fatal(err)
	}
}
