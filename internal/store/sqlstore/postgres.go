package sqlstore

import (
	"database/sql"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	defaultMaxConns = 20
	idleFor         = 5 * time.Minute
	// connLifetime makes connections follow an address that moves, where nothing has ended them: a pooler between keeps them open.
	connLifetime = 5 * time.Minute
)

// postgresConfig reads the URL and takes pool_max_conns, which the server would not know, out of it. Connections are to a server that
// takes changes, and to no other: of several hosts in the URL, the first of that kind. All of them are tried within limit.
func postgresConfig(url string, limit time.Duration) (*pgx.ConnConfig, int, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The cause may quote the URL with its password, so it is left out.
		return nil, 0, idp.Invalid("database-url", "the Postgres URL cannot be read")
	}
	conns := defaultMaxConns
	if text, found := config.RuntimeParams["pool_max_conns"]; found {
		conns, err = strconv.Atoi(text)
		if err != nil || conns < 1 {
			return nil, 0, idp.Invalid("database-url", "pool_max_conns must be a number of at least 1")
		}
		delete(config.RuntimeParams, "pool_max_conns")
	}
	if each := limit / time.Duration(1+len(config.Fallbacks)); config.ConnectTimeout == 0 || config.ConnectTimeout > each {
		config.ConnectTimeout = each
	}
	// These two PgBouncer takes as well, and no others that we would set.
	config.RuntimeParams["application_name"] = "apsid"
	config.RuntimeParams["timezone"] = "UTC"
	config.ValidateConnect = writable
	return config, conns, nil
}

// openPostgres opens the pool for requests.
func openPostgres(url string, limit time.Duration) (pools, error) {
	config, conns, err := postgresConfig(url, limit)
	if err != nil {
		return pools{}, err
	}
	db := sql.OpenDB(newConnector(*config, limit))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns) // making one costs as much as a hundred statements
	db.SetConnMaxIdleTime(idleFor)
	db.SetConnMaxLifetime(connLifetime)
	return pools{writer: db, reader: db}, nil
}

func postgresDialector(db *sql.DB) gorm.Dialector {
	return postgres.New(postgres.Config{Conn: db})
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
