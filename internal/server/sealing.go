package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// inFlight is how long what is sealed in Redis lives at most: the answers to repeated requests live longest.
const inFlight = 24 * time.Hour

// redisPlace names Redis among the places of sealed values.
const redisPlace = "redis"

// SealedCount is how many values of a place one key sealed.
type SealedCount struct {
	Place  string
	Key    uint32 // 0: no key of ours
	Values int64
}

// Sealing is what the command line needs to know of the stores to rotate seal keys: which nodes run with which keys, and what each key
// sealed.
type Sealing struct {
	sql   *sqlstore.Store
	redis *redisstore.Store // nil: every node has its own
}

// OpenSealing opens the stores, with these keys, and creates nothing.
func OpenSealing(ctx context.Context, c config.Places, keys *seal.Keyset) (*Sealing, error) {
	sealer, err := seal.New(keys)
	if err != nil {
		return nil, err
	}
	if err := needSchema(ctx, c.SQL); err != nil {
		return nil, err
	}
	s := &Sealing{}
	s.sql, err = openSQL(ctx, c.SQL, sealer)
	if err != nil || c.RedisURL() == redisstore.Embedded {
		return s, err
	}
	s.redis, err = redisstore.Open(ctx, c.RedisURL(), sealer)
	if err != nil {
		return nil, errors.Join(err, s.sql.Close())
	}
	return s, nil
}

// Close closes the stores.
func (s *Sealing) Close() error {
	if s.redis == nil {
		return s.sql.Close()
	}
	return errors.Join(s.redis.Close(), s.sql.Close())
}

// Nodes lists the nodes that run.
func (s *Sealing) Nodes(ctx context.Context, now time.Time) ([]RunningNode, error) {
	return runningNodes(ctx, s.sql, now)
}

// Counts counts what each key sealed, place by place.
func (s *Sealing) Counts(ctx context.Context) ([]SealedCount, error) {
	columns, err := s.sql.CountSealed(ctx)
	if err != nil {
		return nil, err
	}
	var counts []SealedCount
	for _, c := range columns {
		id, _ := seal.KeyOf(c.Prefix)
		counts = append(counts, SealedCount{Place: c.Column, Key: id, Values: c.Values})
	}
	if s.redis == nil {
		return counts, nil
	}
	flying, err := s.redis.CountSealed(ctx)
	for begins, n := range flying {
		id, _ := seal.KeyOf([]byte(begins))
		counts = append(counts, SealedCount{Place: redisPlace, Key: id, Values: n})
	}
	return counts, err
}

// HeldEverywhere refuses a key that a running node does not hold: it could not open what the others seal with it.
func (s *Sealing) HeldEverywhere(ctx context.Context, id uint32, now time.Time) error {
	nodes, err := s.Nodes(ctx, now)
	if err != nil {
		return err
	}
	return heldBy(nodes, id)
}

func heldBy(nodes []RunningNode, id uint32) error {
	lacking := slices.DeleteFunc(slices.Clone(nodes), func(n RunningNode) bool { return n.holds(id) })
	if len(lacking) == 0 {
		return nil
	}
	return fmt.Errorf("key %d is not held by %s: give every node the keyset with it first (a node that was killed counts for %s)", id, named(lacking), runsFor)
}

// MayRetire refuses a key that is still needed: a node seals with it, or something that is stored was sealed with it. What is in Redis
// does not count if it is to be dropped.
func (s *Sealing) MayRetire(ctx context.Context, id uint32, drop bool, now time.Time) error {
	nodes, err := s.Nodes(ctx, now)
	if err != nil {
		return err
	}
	if err := usedBy(nodes, id, s.redis != nil, now); err != nil {
		return err
	}
	counts, err := s.Counts(ctx)
	if err != nil {
		return err
	}
	return neededBy(counts, id, drop)
}

func usedBy(nodes []RunningNode, id uint32, shared bool, now time.Time) error {
	var sealing, keeping, elsewhere []RunningNode
	for _, n := range nodes {
		until, sealed := n.Sealed[id]
		switch {
		case n.Seals == id:
			sealing = append(sealing, n)
		case n.OwnRedis && sealed && now.Sub(until) < inFlight:
			keeping = append(keeping, n)
		case !n.OwnRedis && !shared:
			elsewhere = append(elsewhere, n)
		}
	}
	switch {
	case len(sealing) > 0:
		return fmt.Errorf("%s seals with key %d: give every node the keyset in which another was promoted first (a node that was killed counts for %s)", named(sealing), id, runsFor)
	case len(keeping) > 0:
		return fmt.Errorf("%s keeps sign-ins in its own memory that key %d sealed: restart it, or wait for %s", named(keeping), id, inFlight)
	case len(elsewhere) > 0:
		return fmt.Errorf("%s keeps sign-ins in a Redis: name it with --redis-url", named(elsewhere))
	}
	return nil
}

func neededBy(counts []SealedCount, id uint32, drop bool) error {
	var stored []string
	flying := int64(0)
	for _, c := range counts {
		switch {
		case c.Key != id:
		case c.Place == redisPlace:
			flying += c.Values
		default:
			stored = append(stored, fmt.Sprintf("%d of %s", c.Values, c.Place))
		}
	}
	switch {
	case len(stored) > 0:
		return fmt.Errorf(`key %d sealed values that are stored (%s): run "apsid keys seal reseal" first`, id, strings.Join(stored, ", "))
	case flying > 0 && !drop:
		return fmt.Errorf("key %d sealed %d values in Redis (sign-ins, codes and answers of now): they end by themselves within %s; with --leaked they are dropped", id, flying, inFlight)
	}
	return nil
}

func named(nodes []RunningNode) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.String()
	}
	return strings.Join(names, ", ")
}

// DropInFlight deletes what a key sealed in Redis, and returns how much it was: those sign-ins begin again.
func (s *Sealing) DropInFlight(ctx context.Context, id uint32) (int64, error) {
	if s.redis == nil {
		return 0, nil
	}
	return s.redis.DropSealed(ctx, seal.Prefix(id))
}

// Reseal seals what other keys sealed again with this one, the primary: see sqlstore.Store.Reseal.
func (s *Sealing) Reseal(ctx context.Context, id uint32, batch int, progress func(sqlstore.Resealed) error) error {
	return s.sql.Reseal(ctx, seal.Prefix(id), batch, progress)
}
