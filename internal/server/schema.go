package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// errBehind tells the operator what to do about an old schema.
var errBehind = errors.New(`the database schema is not up to date: run "apsid migrate up" first`)

// Migrate brings the database to the newest schema and returns the steps it took.
func Migrate(ctx context.Context, c config.SQL) ([]sqlstore.Migration, error) {
	if err := makeDatabaseFolder(c); err != nil {
		return nil, err
	}
	return sqlstore.Migrate(ctx, c.DatabaseURL())
}

// Grant gives the role what a node needs, and takes from it what it has beyond that: see sqlstore.Grant.
func Grant(ctx context.Context, c config.SQL, role string) error {
	err := sqlstore.Grant(ctx, c.DatabaseURL(), role)
	var refused *idp.Error
	if errors.As(err, &refused) && refused.Code == idp.CodeInvalid {
		return &config.Problem{Key: refused.Field, Value: role, Text: refused.Public}
	}
	return err
}

// MigrationStatus lists all steps of the schema, and which of them the database has. It creates nothing: a file that is not
// there is fs.ErrNotExist.
func MigrationStatus(ctx context.Context, c config.SQL) ([]sqlstore.Migration, error) {
	if path, ok := c.File(); ok {
		if _, err := os.Stat(path); err != nil { // opening it would create it
			return nil, fmt.Errorf(`%w: "apsid migrate up" creates it`, err)
		}
	}
	steps, err := sqlstore.Status(ctx, c.DatabaseURL())
	if err != nil {
		return nil, unreached(c, err)
	}
	return steps, nil
}

// checkSchema brings a file of this machine up to date by itself. A database that nodes share is migrated by the operator who runs
// them, at a moment of their choice.
func checkSchema(ctx context.Context, c config.SQL) error {
	url := c.DatabaseURL()
	steps, err := sqlstore.Status(ctx, url)
	if err != nil {
		return unreached(c, err)
	}
	if !sqlstore.Behind(steps) {
		return nil
	}
	if _, own := c.File(); !own {
		return errBehind
	}
	_, err = sqlstore.Migrate(ctx, url)
	return err
}

// privilegesError says that the role of the database lacks rights.
type privilegesError struct{ sqlstore.Privileges }

// Error implements error.
func (e *privilegesError) Error() string {
	const shown = 4
	missing := e.Missing
	if len(missing) > shown {
		missing = append(slices.Clone(missing[:shown]), fmt.Sprintf("%d more", len(missing)-shown))
	}
	return fmt.Sprintf(`the database role %q may not do what a node does (%s): run "apsid migrate up --grant-to %s" as the role that owns the tables`,
		e.Role, strings.Join(missing, ", "), e.Role)
}

// checkPrivileges refuses a role that would fail later, in the middle of a sign-in.
func checkPrivileges(ctx context.Context, c config.SQL) error {
	found, err := sqlstore.FindPrivileges(ctx, c.DatabaseURL())
	if err != nil {
		return unreached(c, err)
	}
	if len(found.Missing) > 0 {
		return &privilegesError{found}
	}
	return nil
}
