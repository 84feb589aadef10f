package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// connector makes the connections of a pool. A server that turns out to take no changes (it was a primary when the connections were
// made, or a pooler between has put it in the primary's place) makes all of them useless, and not only the one that it was found with. So
// does a backup that is restored under them: what they know of tables and types is gone.
type connector struct {
	driver.Connector
	begin  string        // the statements that begin a transaction
	quick  time.Duration // how long a server may take to answer nothing but that it is there
	useful *atomic.Int64 // which connections are: those made since it was last counted up
}

// newConnector has time limits of the server's own in every transaction, beside the deadlines of the callers: they free the locks of a
// node that died in the middle. They come with the statement that begins it, and are over with it: a pooler in transaction mode refuses
// them as parameters of a connection, and would hand a setting of a session to other clients.
func newConnector(config pgx.ConnConfig, limit time.Duration) connector {
	useful := new(atomic.Int64)
	closes := config.OnPgError
	config.OnPgError = func(c *pgconn.PgConn, e *pgconn.PgError) bool {
		if e.Code == pgReadOnly || replaced(e) {
			useful.Add(1)
			return false
		}
		return closes(c, e)
	}
	begin := fmt.Sprintf("begin; set local statement_timeout = %s; set local lock_timeout = %[1]s; set local idle_in_transaction_session_timeout = %s",
		milliseconds(limit), milliseconds(5*limit))
	return connector{Connector: stdlib.GetConnector(config), begin: begin, quick: limit / 2, useful: useful}
}

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	since := c.useful.Load()
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	known, ok := made.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of type %T", made), made.Close())
	}
	return &conn{Conn: known, of: c, since: since}, nil
}

// conn is one connection.
type conn struct {
	*stdlib.Conn
	of    connector
	since int64
}

// ResetSession implements driver.SessionResetter: the pool asks it before it hands out a connection that was used before.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.since != c.of.useful.Load() {
		return driver.ErrBadConn
	}
	bounded, cancel := context.WithTimeout(ctx, c.of.quick)
	defer cancel()
	err := c.Conn.ResetSession(bounded) // it asks the server whether it is there, after a second without a word
	if bounded.Err() != nil && ctx.Err() == nil {
		c.of.useful.Add(1) // a server that hangs does so for all connections: each of them would be waited for
	}
	return err
}

// CheckNamedValue implements driver.NamedValueChecker: a value is what its column holds. The library would ask it for that too, but looks
// up anew each time how to encode what it gets, which took two thirds of the allocations of a statement. What is no column it knows itself.
func (c *conn) CheckNamedValue(argument *driver.NamedValue) (err error) {
	if column, is := argument.Value.(driver.Valuer); is {
		argument.Value, err = driver.DefaultParameterConverter.ConvertValue(column)
	}
	return err
}

// BeginTx implements driver.ConnBeginTx, for transactions with the options of the server.
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) {
		return nil, errors.New("a transaction has no options here")
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	tx, err := c.Conn.Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: c.of.begin})
	if err != nil {
		return nil, err
	}
	return transaction{ctx: ctx, tx: tx}, nil
}

// transaction is the library's for database/sql.
type transaction struct {
	ctx context.Context
	tx  pgx.Tx
}

// Commit implements driver.Tx.
func (t transaction) Commit() error { return t.tx.Commit(t.ctx) }

// Rollback implements driver.Tx.
func (t transaction) Rollback() error { return t.tx.Rollback(t.ctx) }

// ReadOnlyError is the error of a server that takes no changes: a standby, or one that was set so.
type ReadOnlyError struct{ Server string } // host:port

// Error implements error.
func (e *ReadOnlyError) Error() string {
	return "the database at " + e.Server + " is read-only: give the address of the primary, or of all its servers, in the database URL"
}

// writable refuses a connection to a server that takes no changes, whatever the URL says of target_session_attrs: it would fail every
// change, and what it reads may be out of date.
func writable(ctx context.Context, c *pgconn.PgConn) error {
	err := pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, c)
	if errors.Is(err, pgconn.ErrReadOnlyConnection) {
		return &ReadOnlyError{Server: c.Conn().RemoteAddr().String()}
	}
	return err
}
