package server

import (
	"context"
	"log/slog"
	"time"
)

const (
	// repairEvery bounds how long a person whom a node of the previous release stored stands in the wrong place of a list.
	repairEvery = 15 * time.Second
	// cleanEvery is how often rows that are not needed any more are deleted.
	cleanEvery = time.Hour
	// maintainWithin bounds a round: the next one goes on from there.
	maintainWithin = 5 * time.Minute
)

// maintained is the SQL store as maintenance sees it.
type maintained interface {
	// Repair mends the rows that nodes of the previous release write, and returns how many there were.
	Repair(ctx context.Context) (int64, error)
	// Clean deletes the rows that are not needed any more, and returns how many there were.
	Clean(ctx context.Context, now time.Time) (int64, error)
}

// maintenance keeps the SQL store in order. Every node does it, and any number of them may work at once. What fails is tried again
// in the next round.
type maintenance struct {
	store maintained
	clock func() time.Time
	log   *slog.Logger
}

// repair works until ctx ends.
func (m maintenance) repair(ctx context.Context) {
	every(ctx, repairEvery, func(ctx context.Context) { m.round(ctx, "repair", m.store.Repair) })
}

// clean works until ctx ends.
func (m maintenance) clean(ctx context.Context) {
	every(ctx, cleanEvery, func(ctx context.Context) {
		m.round(ctx, "clean", func(ctx context.Context) (int64, error) { return m.store.Clean(ctx, m.clock()) })
	})
}

func (m maintenance) round(ctx context.Context, what string, work func(context.Context) (int64, error)) {
	ctx, cancel := context.WithTimeout(ctx, maintainWithin)
	defer cancel()
	rows, err := work(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		m.log.WarnContext(ctx, "the database could not all be kept in order", "work", what, "rows", rows, "error", err)
	case rows > 0:
		m.log.InfoContext(ctx, "database kept in order", "work", what, "rows", rows)
	}
}
