package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// printSizes prints what one row of each table that grows takes of Postgres, with its indexes, and one key of each kind of Redis. A
// session has one, its pulse, if its app has a limit on inactivity; the others are of a sign-in in flight, or count what has a limit.
func (b *bench) printSizes(ctx context.Context) error {
	if err := newCaller(b.nodes[0].base).leave(ctx, "bench-app-idle", 20); err != nil {
		return err
	}
	fmt.Println("\n| kept | bytes each | there are |\n| --- | --: | --: |")
	for _, table := range []string{"users", "sessions", "refresh_tokens", "events"} {
		var each, rows float64
		err := b.stores.sql.QueryRow(ctx, "SELECT pg_total_relation_size($1::regclass)::float8 / count(*), count(*)::float8 FROM "+table, table).Scan(&each, &rows)
		if err != nil {
			return err
		}
		fmt.Printf("| Postgres, %s | %.0f | %s |\n", table, each, thousands(int(rows)))
	}
	kinds, err := b.stores.keys(ctx)
	if err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[kind]
		fmt.Printf("| Redis, %s | %d | %s |\n", kind, k.bytes/k.keys, thousands(int(k.keys)))
	}
	return nil
}

// kept is what the keys of one kind take.
type kept struct{ keys, bytes int64 }

// keys looks at all keys. The kind of one stands after the name of the product.
func (s *stores) keys(ctx context.Context) (map[string]kept, error) {
	kinds := map[string]kept{}
	all := s.redis.Scan(ctx, 0, "apsid:*", 1000).Iterator()
	for all.Next(ctx) {
		bytes, err := s.redis.MemoryUsage(ctx, all.Val()).Result()
		if err != nil {
			return nil, err
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(all.Val(), "apsid:"), ":")
		k := kinds[kind]
		kinds[kind] = kept{k.keys + 1, k.bytes + bytes}
	}
	return kinds, all.Err()
}
