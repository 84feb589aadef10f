package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Check is the result of one check; Err is nil if all is well.
type Check struct {
	Name string
	Err  error
	Note string // what an operator should know though nothing fails; "" if there is nothing
}

// examineWithin bounds each check.
const examineWithin = 5 * time.Second

// errSkipped is the result of a check that needs what an earlier check did not find.
var errSkipped = errors.New("could not be checked: see above")

// Examine looks at everything a node needs, and creates nothing.
func Examine(ctx context.Context, c config.Node) []Check {
	_, limits := limitsOf(c)
	places, checks := c.Places(), []Check{{Name: "configuration", Err: limits}}
	sealer, err := examineSealer(ctx, places.Vault)
	checks = append(checks, Check{Name: "seal keys", Err: err})
	schema := within(ctx, func(ctx context.Context) error { return examineSchema(ctx, places.SQL) })
	checks = append(checks, Check{Name: "database and schema", Err: schema})
	names, unfit := errSkipped, ""
	if schema == nil {
		unfit, names = examineUsernames(ctx, places.SQL)
	}
	checks = append(checks, Check{Name: "user names", Err: names, Note: unfit})
	if path := c.BreachedPasswords(); path != "" {
		checks = append(checks, Check{Name: "breached passwords", Err: authenticator.Listed{Path: path}.Check()})
	}
	keys := errSkipped
	if sealer != nil && schema == nil {
		keys = within(ctx, func(ctx context.Context) error { return examineKeys(ctx, places.SQL, sealer) })
	}
	checks = append(checks, Check{Name: "signing keys", Err: keys})
	bare, apps := "", errSkipped
	if sealer != nil && schema == nil {
		apps = within(ctx, func(ctx context.Context) (err error) {
			bare, err = examinePKCE(ctx, places.SQL, sealer, time.Now())
			return err
		})
	}
	checks = append(checks, Check{Name: "apps without PKCE", Err: apps, Note: bare})
	memory, redis := "", errSkipped
	if sealer != nil {
		redis = within(ctx, func(ctx context.Context) (err error) {
			memory, err = examineRedis(ctx, places, sealer)
			return err
		})
	}
	checks = append(checks, Check{Name: "redis", Err: redis, Note: memory}, examineWires(places))
	return append(checks, examinePublicWay(ctx, c, sealer))
}

func within(ctx context.Context, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	return look(ctx)
}

// examineSealer never makes keys, wherever they are.
func examineSealer(ctx context.Context, c config.Vault) (*seal.Sealer, error) {
	if path, folder := c.SealFile(); folder != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%w: they are made when a node is first started", err)
		}
	}
	return openSealer(ctx, c)
}

func examineSchema(ctx context.Context, c config.SQL) error {
	steps, err := MigrationStatus(ctx, c)
	if err != nil {
		return err
	}
	if sqlstore.Behind(steps) {
		return errBehind
	}
	return nil
}

// examineKeys opens every signing key, which shows that the seal keys are those of this database.
func examineKeys(ctx context.Context, c config.SQL, sealer *seal.Sealer) (err error) {
	store, err := openSQL(ctx, c, sealer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	keys, err := store.ListKeys(ctx)
	if err != nil {
		return err
	}
	for _, alg := range keyring.Missing(keys, time.Now()) {
		return fmt.Errorf("no %s key signs today: one is made when a node is started", alg)
	}
	return nil
}
