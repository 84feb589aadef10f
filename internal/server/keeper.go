package server

import (
	"context"
	"log/slog"
	"time"
)

const (
	// repairEvery bounds how long a person whom a node of the version before wrote is not found by name.
	repairEvery = 15 * time.Second
	// cleanEvery is how often what nobody needs any more is deleted.
	cleanEvery = time.Hour
	// keepWithin bounds a round: the next goes on from there.
	keepWithin = 5 * time.Minute
)

// kept is the SQL store as whoever keeps it in order sees it.
type kept interface {
	// Repair mends what nodes of the version before write, and returns how many rows that were.
	Repair(ctx context.Context) (int64, error)
	// Clean deletes what nobody needs any more, and returns how many rows that were.
	Clean(ctx context.Context, now time.Time) (int64, error)
}

// keeper keeps the SQL store in order. Every node has one, and any number may work at once.
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
