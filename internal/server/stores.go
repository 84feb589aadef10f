package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// stores are the databases and what seals their secrets.
type stores struct {
	sealer *seal.Sealer
	sql    *sqlstore.Store
	redis  *redisstore.Store
	engine outbox.Engine
	log    *slog.Logger
	copied func(idp.Copied) // drops this process's own copies at once; nil: it has none
	queued func()           // says that outgoing work was queued; nil: this process sends none
	alone  func() error     // lets another node serve from the file; nil: this process does not serve
}

// watchWithin bounds how long a metrics request waits for the database.
const watchWithin = time.Second

// openServing opens the stores of a node. Of a database that is a file, one node serves.
func openServing(ctx context.Context, c config.Node, log *slog.Logger) (*stores, error) {
	places := c.Places()
	if err := makeDatabaseFolder(places.SQL); err != nil {
		return nil, err
	}
	release, err := sqlstore.HoldAlone(ctx, places.DatabaseURL())
	if errors.Is(err, sqlstore.ErrServed) {
		return nil, fmt.Errorf("%w: %s. Stop it first, or use Postgres and Redis for several nodes", err, sqlstore.Address(places.DatabaseURL()))
	}
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	opened, err := waitStores(ctx, places, c.Life().StartWait, log)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	opened.alone = release
	return opened, nil
}

// needSchema fails unless the database has the newest schema, and creates nothing.
func needSchema(ctx context.Context, c config.SQL) error {
	steps, err := MigrationStatus(ctx, c)
	if err != nil {
		return err
	}
	if sqlstore.Behind(steps) {
		return errBehind
	}
	return nil
}

func openStores(ctx context.Context, c config.Places, log *slog.Logger) (_ *stores, err error) {
	if err := makeDatabaseFolder(c.SQL); err != nil {
		return nil, err
	}
	sealer, err := openSealer(ctx, c.Vault)
	if err != nil {
		return nil, err
	}
	url := c.DatabaseURL()
	engine, err := sqlstore.EngineOf(url)
	if err != nil {
		return nil, err
	}
	queue, err := outbox.NewQueue(outbox.Engine(engine), sealer)
	if err != nil {
		return nil, err
	}
	redis, err := checkedRedis(ctx, c, sealer)
	if err != nil {
		return nil, err
	}
	st := &stores{sealer: sealer, redis: redis, engine: outbox.Engine(engine), log: log}
	st.sql, err = sqlstore.Open(ctx, url, sealer, queue, sqlstore.Options{Ended: st.forget, Outdated: st.outdated, Queued: st.nudge})
	if err != nil {
		return nil, errors.Join(unreached(c.SQL, err), redis.Close())
	}
	return st, nil
}

// checkedRedis opens Redis and meanwhile looks whether the database is fit: each of them takes connections of its own, and a node is
// ready sooner if they don't wait for each other. If several fail, the database's privileges come first, as they say most, then its schema.
func checkedRedis(ctx context.Context, c config.Places, sealer *seal.Sealer) (redis *redisstore.Store, err error) {
	var privileges, schema, away error
	var checks sync.WaitGroup
	checks.Go(func() { privileges = checkPrivileges(ctx, c.SQL) })
	checks.Go(func() { redis, away = redisstore.Open(ctx, c.RedisURL(), sealer) })
	schema = checkSchema(ctx, c.SQL)
	checks.Wait()
	if away != nil {
		redis, away = nil, &unreachedError{what: "Redis at " + redisstore.Address(c.RedisURL()), err: away, passing: redisstore.Passing}
	}
	if err := cmp.Or(privileges, schema, away); err != nil {
		if redis != nil {
			err = errors.Join(err, redis.Close())
		}
		return nil, err
	}
	return redis, nil
}

// forget makes Redis refuse reports of activity of sessions that have ended, whatever ended them, from the next request on. If
// Redis does not answer, delivering the message to the app does it later (see logouts). SQL decides in any case.
func (s *stores) forget(ctx context.Context, ended []idp.SID) {
	if err := s.redis.Activity().Forget(ctx, ended); err != nil {
		s.log.WarnContext(ctx, "last activity of ended sessions not forgotten", "sessions", len(ended), "error", err)
	}
}

// outdated makes this process forget what was changed before the change is answered, and tells the other nodes. If Redis does not
// answer, they find out by looking (see copies), or believe what they know for a second (see package standing).
func (s *stores) outdated(ctx context.Context, what []idp.Copied) {
	for _, each := range what {
		if s.copied != nil {
			s.copied(each)
		}
		tell := s.redis.Publish
		if each == idp.CopiedStanding {
			tell = func(ctx context.Context, _ string) error { return s.redis.Standing().Change(ctx) }
		}
		if err := tell(ctx, string(each)); err != nil {
			s.log.WarnContext(ctx, "other nodes were not told of a change", "what", string(each), "error", err)
		}
	}
}

// nudge has this process send at once what was queued. Where it sends nothing, or dies at this moment, nodes find it by looking.
func (s *stores) nudge() {
	if s.queued != nil {
		s.queued()
	}
}

// waitingLogouts is NaN if the database does not answer.
func (s *stores) waitingLogouts() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), watchWithin)
	defer cancel()
	waiting, err := outbox.WaitingLogouts(ctx, s.sql.DB())
	if err != nil {
		return math.NaN()
	}
	return float64(waiting)
}

func (s *stores) close() error {
	err := errors.Join(s.redis.Close(), s.sql.Close())
	if s.alone != nil {
		err = errors.Join(err, s.alone())
	}
	return err
}

// existingSealer opens the seal keys, and never makes any, wherever they are.
func existingSealer(ctx context.Context, c config.Vault) (*seal.Sealer, error) {
	if path, folder := c.SealFile(); folder != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%w: they are made when a node is first started", err)
		}
	}
	return openSealer(ctx, c)
}

// makeDatabaseFolder makes the folder of a database that is a file.
func makeDatabaseFolder(c config.SQL) error {
	path, found := c.File()
	if !found {
		return nil
	}
	return makeFolder(filepath.Dir(path))
}

// makeFolder creates a folder of what this machine keeps, readable by its owner only.
func makeFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return nil
}
