package server

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// examined is a node that is looked at. What several checks need is looked up when the first of them asks.
type examined struct {
	node  config.Node
	asked Asked

	sealer   func() (*seal.Sealer, error)
	database func() (sqlstore.Facts, error)
	steps    func() ([]sqlstore.Migration, error)
	rights   func() (sqlstore.Privileges, error)
	redis    func() (redisstore.Facts, error)
}

func newExamined(ctx context.Context, node config.Node, asked Asked) *examined {
	x, places := &examined{node: node, asked: asked}, node.Places()
	x.sealer = sync.OnceValues(func() (*seal.Sealer, error) { return existingSealer(ctx, places.Vault) })
	x.database = once(ctx, func(ctx context.Context) (sqlstore.Facts, error) {
		return sqlstore.Look(ctx, places.DatabaseURL(), asked.Clock)
	})
	x.steps = once(ctx, func(ctx context.Context) ([]sqlstore.Migration, error) {
		return sqlstore.Status(ctx, places.DatabaseURL())
	})
	x.rights = once(ctx, func(ctx context.Context) (sqlstore.Privileges, error) {
		return sqlstore.FindPrivileges(ctx, places.DatabaseURL())
	})
	x.redis = once(ctx, func(ctx context.Context) (redisstore.Facts, error) { return lookAtRedis(ctx, places.RedisURL(), asked) })
	return x
}

func once[T any](ctx context.Context, look func(context.Context) (T, error)) func() (T, error) {
	return sync.OnceValues(func() (T, error) {
		ctx, cancel := context.WithTimeout(ctx, examineWithin)
		defer cancel()
		return look(ctx)
	})
}

// passingSealer has keys of its own, for a store of which nothing sealed is read.
func passingSealer() (*seal.Sealer, error) {
	keys, err := seal.Generate()
	if err != nil {
		return nil, err
	}
	return seal.New(keys)
}

// behind reports whether a step of the schema is missing.
func (x *examined) behind() bool {
	steps, err := x.steps()
	return err == nil && sqlstore.Behind(steps)
}

// need says why a check can't be made; "" if it can.
type need func(*examined) string

func theDatabase(x *examined) string {
	_, err := x.database()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no database yet"
	case err != nil:
		return "the database does not answer"
	default:
		return ""
	}
}

// thePrimary is needed where the database is opened as a node opens it.
func thePrimary(x *examined) string {
	if facts, _ := x.database(); facts.Standby || facts.ReadOnly {
		return "the database takes no changes"
	}
	return ""
}

func theSchema(x *examined) string {
	facts, _ := x.database()
	switch {
	case !facts.Schema:
		return "the database has no tables yet"
	case x.behind():
		return "the schema is not up to date"
	default:
		return ""
	}
}

func theRights(x *examined) string {
	rights, err := x.rights()
	if err != nil || slices.ContainsFunc(rights.Missing, func(right string) bool {
		return strings.HasPrefix(right, "SELECT ") || strings.HasPrefix(right, "USAGE on the schema")
	}) {
		return "the database role may not read all tables"
	}
	return ""
}

func theSealKeys(x *examined) string {
	if _, err := x.sealer(); err != nil {
		return "there are no seal keys that can be used"
	}
	return ""
}

func aStore(x *examined) string {
	if theDatabase(x) != "" && theRedis(x) != "" {
		return "no store answers"
	}
	return ""
}

func theRedis(x *examined) string {
	if _, err := x.redis(); err != nil {
		return "Redis does not answer"
	}
	return ""
}

// reason is what an error says, in one line, without the code that only callers look at.
func reason(err error) string {
	var coded *idp.Error
	if errors.As(err, &coded) && coded.Cause != nil && coded.Public == "" {
		return idp.OneLine(coded.Cause)
	}
	return idp.OneLine(err)
}
