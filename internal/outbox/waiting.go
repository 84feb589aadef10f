package outbox

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/riverqueue/river/rivertype"
)

// WaitingLogouts counts the messages to apps that are neither delivered nor given up, for monitoring.
func WaitingLogouts(ctx context.Context, db *sql.DB) (int64, error) {
	var waiting int64
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM river_job WHERE kind = $1 AND state NOT IN ($2, $3, $4)", logoutArgs{}.Kind(),
		string(rivertype.JobStateCompleted), string(rivertype.JobStateCancelled), string(rivertype.JobStateDiscarded)).Scan(&waiting)
	if err != nil {
		return 0, fmt.Errorf("waiting logouts: %w", err)
	}
	return waiting, nil
}

// DropWaiting deletes everything that is neither delivered nor given up, and returns how much that was.
func DropWaiting(ctx context.Context, db *sql.DB) (int64, error) {
	dropped, err := db.ExecContext(ctx, "DELETE FROM river_job WHERE state NOT IN ($1, $2, $3)",
		string(rivertype.JobStateCompleted), string(rivertype.JobStateCancelled), string(rivertype.JobStateDiscarded))
	if err != nil {
		return 0, fmt.Errorf("drop what waits: %w", err)
	}
	return dropped.RowsAffected()
}
