package testenv

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres creates an empty database and returns its URL. When the test ends the database is dropped, even if a client is still
// connected to it.
func Postgres(t testing.TB) string {
	t.Helper()
	return createPostgres(t, "template0")
}

func createPostgres(t testing.TB, template string) string {
	t.Helper()
	admin := variable(t, DatabaseVariable)
	address, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("testenv: %s is not a URL", DatabaseVariable) // the cause would print the password
	}

	name := "apsid_test_" + strings.ToLower(rand.Text())
	administer(t, admin, "CREATE DATABASE "+name+" TEMPLATE "+template)
	t.Cleanup(func() { administer(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })

	address.Path = "/" + name
	return address.String()
}

// administer runs one statement on a connection of its own: CREATE and DROP DATABASE can't run in a transaction, and a
// pool would keep connections of a server that hundreds of tests share. The statements hold no outside text.
func administer(t testing.TB, admin, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience) // t.Context() is over when clean-up runs
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		t.Fatalf("testenv: connect to Postgres: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()

	_, err = conn.Exec(ctx, statement)
	if err != nil {
		t.Fatalf("testenv: %s: %v", statement, err)
	}
}

// servingRole is the role of the nodes in tests; servingPassword is for a server that asks for one.
const servingRole, servingPassword = "apsid_test_serve", "apsid-test-serve"

// ServingRole makes the role, if it is not there, that the nodes of tests have: one without any right of its own.
func ServingRole(ctx context.Context) (string, error) {
	conn, err := pgx.Connect(ctx, os.Getenv(DatabaseVariable))
	if err != nil {
		return "", fmt.Errorf("testenv: connect to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "DO $$ BEGIN CREATE ROLE "+servingRole+" LOGIN PASSWORD '"+servingPassword+"'; "+
		"EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$") // another process made it
	return servingRole, err
}

// AsServing returns the URL for the role of ServingRole.
func AsServing(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("testenv: not a URL")
	}
	u.User = url.UserPassword(servingRole, servingPassword)
	return u.String()
}

// AsOwner returns the URL of the database with this name, for the role that made it.
func AsOwner(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(variable(t, DatabaseVariable))
	if err != nil {
		t.Fatalf("testenv: %s is not a URL", DatabaseVariable) // the cause would print the password
	}
	u.Path = "/" + database
	return u.String()
}
