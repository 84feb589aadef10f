package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
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

// counted is how many statements and commands a store was given, since it started.
type counted struct{ statements, commands float64 }

func (s *stores) count(ctx context.Context) (c counted, err error) {
	if s.counts {
		err = s.sql.QueryRow(ctx, "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'").Scan(&c.statements)
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

// rate counts over a span of time that begins after a while, and returns what there was in each second of it.
func (s *stores) rate(ctx context.Context, after, span time.Duration) (counted, error) {
	time.Sleep(after)
	began := time.Now()
	before, err := s.count(ctx)
	if err != nil {
		return counted{}, err
	}
	time.Sleep(span)
	c, err := s.count(ctx)
	seconds := time.Since(began).Seconds()
	return counted{(c.statements - before.statements) / seconds, (c.commands - before.commands) / seconds}, err
}
