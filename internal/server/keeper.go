package server

import (
	"context"
	"log/slog"
	"time"
)

const (
	// repairEvery bounds how long a search by name misses a person whom a node of the previous release wrote.
	repairEvery = 15 * time.Second
	// cleanEvery is how often rows that are needed no more are deleted.
	cleanEvery = time.Hour
	// keepWithin bounds a round: the next goes on from there.
	keepWithin = 5 * time.Minute
)

// kept is the part of the SQL store that the keeper uses.
type kept interface {
	// Repair brings rows that nodes of the previous release wrote up to date, and returns how many rows that were.
	Repair(ctx context.Context) (int64, error)
	// Clean deletes rows that are needed no more, and returns how many rows that were.
	Clean(ctx context.Context, now time.Time) (int64, error)
}

// keeper repairs and cleans the SQL store. Every node has one, and any number may work at once.
type keeper struct {
	store kept
	clock func() time.Time
	log   *slog.Logger
}

// run works until ctx ends: at once, and then at every round. What fails is tried again at the next.
func (k keeper) run(ctx context.Context) {
	rounds, hours := time.NewTicker(repairEvery), time.NewTicker(cleanEvery)
	defer rounds.Stop()
	defer hours.Stop()
	clean := func(ctx context.Context) (int64, error) { return k.store.Clean(ctx, k.clock()) }
	k.round(ctx, "repair", k.store.Repair)
	k.round(ctx, "clean", clean)
	for {
		select {
		case <-ctx.Done():
			return
		case <-rounds.C:
			k.round(ctx, "repair", k.store.Repair)
		case <-hours.C:
			k.round(ctx, "clean", clean)
		}
	}
}

func (k keeper) round(ctx context.Context, what string, work func(context.Context) (int64, error)) {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	rows, err := work(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		k.log.WarnContext(ctx, "the database could not all be kept in order", "work", what, "rows", rows, "error", err)
	case rows > 0:
		k.log.InfoContext(ctx, "database kept in order", "work", what, "rows", rows)
	}
}
