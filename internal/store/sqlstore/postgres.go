package sqlstore

import (
	"database/sql"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	connectTimeout  = 2 * time.Second
	defaultMaxConns = 20
	idleConns       = 4
	idleFor         = 5 * time.Minute
	connLifetime    = time.Hour // so that connections follow a fail-over of the address
)

// postgresConfig reads the URL and takes pool_max_conns, which the server would not know, out of it.
func postgresConfig(url string) (*pgx.ConnConfig, int, error) {
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
	if config.ConnectTimeout == 0 || config.ConnectTimeout > connectTimeout {
		config.ConnectTimeout = connectTimeout
	}
	config.RuntimeParams["application_name"] = "apsid"
	config.RuntimeParams["timezone"] = "UTC"
	return config, conns, nil
}

// openPostgres opens the pool for requests. Beside the deadlines of the callers, the server has time limits of its own: they
// free the locks of a node that died in the middle of a transaction.
func openPostgres(url string, limit time.Duration) (pools, error) {
	config, conns, err := postgresConfig(url)
	if err != nil {
		return pools{}, err
	}
	config.RuntimeParams["statement_timeout"] = milliseconds(limit)
	config.RuntimeParams["lock_timeout"] = milliseconds(limit)
	config.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(5 * limit)
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(min(conns, idleConns))
	db.SetConnMaxIdleTime(idleFor)
	db.SetConnMaxLifetime(connLifetime)
	return pools{writer: db, reader: db}, nil
}

func postgresDialector(db *sql.DB) gorm.Dialector {
	return postgres.New(postgres.Config{Conn: db})
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
