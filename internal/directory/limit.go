package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Rates counts what has a limit.
type Rates interface {
	// Take counts one more of each use, if every limit lets it through; of the limits that are full it names the first, and counts
	// nothing. idp.ErrUnavailable if the counters can't be reached.
	Take(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error)
}

// take counts the uses, and reports whether all of them may go on. The event names the limit that is full.
func (c *command) take(ctx context.Context, uses ...idp.Use) (full idp.Reached, err error) {
	if c.rates == nil {
		return idp.Reached{}, errors.New("directory: " + string(c.name) + " has a limit, and there are no counters")
	}
	full, err = c.rates.Take(ctx, c.now, uses...)
	if full.Limit != "" {
		c.note("limit", string(full.Limit))
	}
	return full, err
}

// note adds a detail to the event.
func (c *command) note(detail, value string) {
	if c.event.Details == nil {
		c.event.Details = map[string]string{}
	}
	c.event.Details[detail] = value
}
