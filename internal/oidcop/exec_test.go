package oidcop_test

import (
	"database/sql"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of servers
	_ "modernc.org/sqlite"             // the driver that the embedded store uses
)

// exec changes a row in the database directly, without the service's knowledge.
func (h *house) exec(on engines, statement string) {
	h.t.Helper()
	driver, source := "pgx", on.sql
	if file, embedded := strings.CutPrefix(on.sql, "sqlite:"); embedded {
		driver, source = "sqlite", file+"?_pragma=busy_timeout(5000)"
	}
	db := must(sql.Open(driver, source))
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		h.t.Fatal(err)
	}
}
