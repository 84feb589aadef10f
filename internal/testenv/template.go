package testenv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// templatePrefix begins the names of the databases that are copied.
const templatePrefix = "apsid_template_"

// Template is a Postgres database that is filled once in a process and copied for each test. It lives as long as the process:
// owner holds a lock on its name, by which a later process sees that it is in use, and drops it when it is not.
type Template struct {
	name  string
	owner *pgx.Conn
}

// NewTemplate creates a database, hands its URL to fill, and keeps what fill leaves in it. Fill must have closed its
// connections when it returns: Postgres copies no database that is in use.
func NewTemplate(fill func(address string) error) (_ *Template, err error) {
	admin := os.Getenv(DatabaseVariable)
	if admin == "" {
		return nil, fmt.Errorf("testenv: %s is not set", DatabaseVariable)
	}
	address, err := url.Parse(admin)
	if err != nil {
		return nil, fmt.Errorf("testenv: %s is not a URL", DatabaseVariable) // the cause would print the password
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	owner, err := pgx.Connect(ctx, admin)
	if err != nil {
		return nil, fmt.Errorf("testenv: connect to Postgres: %w", err)
	}
	m := &Template{name: templatePrefix + strings.ToLower(rand.Text()), owner: owner}
	address.Path = "/" + m.name
	err = m.create(ctx)
	if err == nil {
		err = fill(address.String())
	}
	if err != nil {
		return nil, errors.Join(err, owner.Close(ctx))
	}
	return m, nil
}

// create makes the empty database, and drops those that other processes have left.
func (m *Template) create(ctx context.Context) error {
	locked, err := m.lock(ctx, m.name)
	if err != nil || !locked {
		return fmt.Errorf("testenv: lock %s: %t, %w", m.name, locked, err)
	}
	rows, err := m.owner.Query(ctx, "SELECT datname FROM pg_database WHERE datname LIKE $1 AND datname <> $2", templatePrefix+"%", m.name)
	if err != nil {
		return fmt.Errorf("testenv: list templates: %w", err)
	}
	others, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("testenv: list templates: %w", err)
	}
	for _, name := range others {
		left, err := m.lock(ctx, name)
		if err != nil {
			return fmt.Errorf("testenv: lock %s: %w", name, err)
		}
		if !left {
			continue // in use
		}
		if _, err := m.owner.Exec(ctx, "DROP DATABASE IF EXISTS "+name); err != nil {
			return fmt.Errorf("testenv: drop %s: %w", name, err)
		}
	}
	if _, err := m.owner.Exec(ctx, "CREATE DATABASE "+m.name+" TEMPLATE template0"); err != nil {
		return fmt.Errorf("testenv: create %s: %w", m.name, err)
	}
	return nil
}

// lock reports whether no other process has the name. The lock ends with the owner's connection.
func (m *Template) lock(ctx context.Context, name string) (locked bool, err error) {
	err = m.owner.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name).Scan(&locked)
	return locked, err
}

// Postgres creates a copy and returns its URL. When the test ends the copy is dropped, even if a client is still connected to it.
func (m *Template) Postgres(t testing.TB) string {
	t.Helper()
	return createPostgres(t, m.name)
}
