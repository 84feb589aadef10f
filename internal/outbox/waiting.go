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
