package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// stores are the two servers that a node works with, and what they count.
type stores struct {
	sql    *pgx.Conn
	redis  *redis.Client
	counts bool // whether Postgres counts statements (pg_stat_statements)
}

const database = "apsid_bench"

// openStores makes an empty database at a server, and empties the Redis. It returns the address of the database.
func openStores(ctx context.Context, server, redisURL string) (*stores, string, error) {
	admin, err := pgx.Connect(ctx, server)
	if err != nil {
		return nil, "", err
	}
	_, err = admin.Exec(ctx, "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)")
	if err == nil {
		_, err = admin.Exec(ctx, "CREATE DATABASE "+database+" TEMPLATE template0")
	}
	if err = errors.Join(err, admin.Close(ctx)); err != nil {
		return nil, "", err
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil, "", fmt.Errorf("the address of Postgres is no URL")
	}
	u.Path = "/" + database
	s := &stores{}
	if s.sql, err = pgx.Connect(ctx, u.String()); err != nil {
		return nil, "", err
	}
	if _, err := s.sql.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err == nil {
		_, err = s.sql.Exec(ctx, "SELECT pg_stat_statements_reset()") // it fails if the server was not started with it
		s.counts = err == nil
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, "", err
	}
	s.redis = redis.NewClient(options)
	return s, u.String(), s.redis.FlushDB(ctx).Err()
}

func (s *stores) close(ctx context.Context) error {
	return errors.Join(s.sql.Close(ctx), s.redis.Close())
}

// counted is how many statements and commands the stores were given since they started, and how many blocks of tables and indexes the
// statements looked at: what they cost, whatever else the machine does.
type counted struct{ statements, commands, blocks float64 }

// minus is what came after an earlier count, divided by n.
func (c counted) minus(earlier counted, n float64) counted {
	return counted{(c.statements - earlier.statements) / n, (c.commands - earlier.commands) / n, (c.blocks - earlier.blocks) / n}
}

func (s *stores) count(ctx context.Context) (c counted, err error) {
	if s.counts {
		err = s.sql.QueryRow(ctx, `
			SELECT coalesce(sum(calls), 0), coalesce(sum(shared_blks_hit + shared_blks_read), 0)
			FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`).Scan(&c.statements, &c.blocks)
		if err != nil {
			return c, err
		}
	}
	info, err := s.redis.InfoMap(ctx, "stats").Result()
	if err != nil {
		return c, err
	}
	_, err = fmt.Sscan(info["Stats"]["total_commands_processed"], &c.commands)
	return c, err
}

// watch counts twice a second until ctx ends.
func (s *stores) watch(ctx context.Context) (seen []sighting, err error) {
	for {
		c, err := s.count(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		seen = append(seen, sighting{time.Now(), c})
		select {
		case <-ctx.Done():
			return seen, nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// sighting is what was counted at a time.
type sighting struct {
	at time.Time
	counted
}

// lastly is what there was in each second of a span of time that ended with the last sighting.
func lastly(seen []sighting, span time.Duration) counted {
	last := seen[len(seen)-1]
	first := last
	for _, one := range slices.Backward(seen) {
		if last.at.Sub(one.at) > span {
			break
		}
		first = one
	}
	seconds := max(last.at.Sub(first.at).Seconds(), 0.001)
	return last.minus(first.counted, seconds)
}
