package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const (
	waitStep  = 500 * time.Millisecond // between two tries
	waitWords = 5 * time.Second        // between two lines that say the same
)

// unreachedError says which store did not answer, where it is, and why, without user and password.
type unreachedError struct {
	what    string
	err     error
	passing func(error) bool // whether it may be over by itself
}

// Error implements error, in one line, with the innermost cause alone: what drivers wrap around it names users.
func (e *unreachedError) Error() string { return e.what + ": " + innermost(e.err).Error() }

// Unwrap returns the cause.
func (e *unreachedError) Unwrap() error { return e.err }

func unreached(c config.SQL, err error) error {
	if idp.CodeOf(err) == idp.CodeInvalid { // the address can't be read
		return err
	}
	return &unreachedError{what: "the database at " + sqlstore.Address(c.DatabaseURL()), err: err, passing: sqlstore.Passing}
}

// waitStores opens the stores as soon as they are there: nodes, databases and the job that migrates are often started together. It
// says what it waits for when that changes, and every five seconds, and gives up after limit. Mistakes are not waited for.
func waitStores(ctx context.Context, c config.Places, limit time.Duration, log *slog.Logger) (*stores, error) {
	began, said, text := time.Now(), time.Time{}, ""
	for {
		opened, err := openStores(ctx, c, log)
		waited := time.Since(began)
		switch {
		case err == nil:
			return opened, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("stopped while it waited for %w", err)
		case limit == 0 || !passing(err):
			return nil, err
		case waited >= limit:
			return nil, fmt.Errorf("gave up after waiting %s for %w", limit, err)
		}
		if now := err.Error(); now != text || time.Since(said) >= waitWords {
			text, said = now, time.Now()
			log.WarnContext(ctx, "waiting for "+text, "waited", waited.Round(time.Second).String(), "at_most", limit.String())
		}
		select {
		case <-ctx.Done():
		case <-time.After(waitStep):
		}
	}
}

// passing reports whether the stores may become ready without anybody changing the settings of the node.
func passing(err error) bool {
	var unreached *unreachedError
	switch {
	case errors.Is(err, errBehind), errors.As(err, new(*privilegesError)): // the job that migrates is at work
		return true
	case errors.As(err, &unreached):
		return unreached.passing(err)
	}
	return errors.Is(err, idp.ErrUnavailable) // the keys that open the seal keys
}

// innermost is the last cause of an error, of several the first.
func innermost(err error) error {
	for {
		var next error
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			next = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			if all := wrapper.Unwrap(); len(all) > 0 {
				next = all[0]
			}
		}
		if next == nil {
			return err
		}
		err = next
	}
}
