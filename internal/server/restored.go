package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// RestoreDone finishes the restore of a backup: see restore.Watch.Done. Nodes may run meanwhile.
func RestoreDone(ctx context.Context, c config.Places, ask restore.Ask, log *slog.Logger, now time.Time) (report restore.Report, err error) {
	if err := needSchema(ctx, c.SQL); err != nil {
		return restore.Report{}, err
	}
	stores, err := openStores(ctx, c, log)
	if err != nil {
		return restore.Report{}, err
	}
	defer func() { err = errors.Join(err, stores.close()) }()
	watch, err := restore.NewWatch(ctx, stores.sql, keepersOf(c.SQL, stores), log, now)
	if err != nil {
		return restore.Report{}, err
	}
	return watch.Done(ctx, restored{stores.sql}, ask, now)
}

// restored is the SQL store for package restore.
type restored struct{ *sqlstore.Store }

// Begin implements restore.Ledger.
func (r restored) Begin(ctx context.Context, fn func(restore.Unit) error) error {
	return r.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(tx) })
}

// DropWaiting implements restore.Ledger.
func (r restored) DropWaiting(ctx context.Context) (int64, error) {
	return outbox.DropWaiting(ctx, r.DB())
}
