package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/web"
)

// watchEvery bounds how long a running node works on a database that was restored from a backup under it, and watchAgain how long it
// gives nothing after "apsid restore-done".
const (
	watchEvery = 5 * time.Second
	watchAgain = time.Second
)

// watching keeps a node from working on a database that is older than what was seen of it, and the stores in the epoch of the
// installation.
type watching struct {
	*restore.Watch
	stores *stores
	clock  func() time.Time
	log    *slog.Logger
}

// keepersOf are where what was seen of the database is kept: the node's own folder, and Redis.
func keepersOf(c config.SQL, st *stores) map[string]restore.Keeper {
	keepers := map[string]restore.Keeper{"redis": st.redis.Marks()}
	if folder := c.StateDir(); folder != "" {
		keepers["state folder"] = restore.Folder{Path: folder}
	}
	return keepers
}

// openWatch looks for the first time: *restore.Older for a database that a node must not work on.
func openWatch(ctx context.Context, c config.SQL, deps Deps, st *stores) (watching, error) {
	// The row is there before anything starts, so that a transaction can hold it.
	if _, err := st.sql.CreateInstalled(ctx, restore.InstalledEpoch, "", deps.Clock()); err != nil {
		return watching{}, fmt.Errorf("epoch: %w", err)
	}
	watch, err := restore.NewWatch(ctx, st.sql, keepersOf(c, st), deps.Logger, deps.Clock())
	if err != nil {
		return watching{}, fmt.Errorf("audit log: %w", err)
	}
	w := watching{Watch: watch, stores: st, clock: deps.Clock, log: deps.Logger}
	return w, w.look(ctx)
}

// run works until ctx ends.
func (w watching) run(ctx context.Context) {
	looked := time.Time{}
	every(ctx, watchAgain, func(ctx context.Context) {
		if w.Older() == nil && time.Since(looked) < watchEvery {
			return
		}
		looked = time.Now()
		ctx, cancel := context.WithTimeout(ctx, lookWithin)
		defer cancel()
		err := w.look(ctx)
		var older *restore.Older
		if err != nil && !errors.As(err, &older) && ctx.Err() == nil {
			w.log.WarnContext(ctx, "whether the database is older than before can't be looked at", "error", err)
		}
	})
}

// look compares, and enters the epoch that was found.
func (w watching) look(ctx context.Context) error {
	err := w.Look(ctx, w.clock())
	w.stores.sql.EnterEpoch(w.Note())
	w.stores.redis.EnterEpoch(w.Epoch())
	return err
}

// gate refuses everything but what says how the node is, while the database is older than what was seen of it.
func (w watching) gate(pages *web.Pages, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.Older() == nil || isHarmless(r.URL.Path) {
			next.ServeHTTP(rw, r)
			return
		}
		rw.Header().Set("Retry-After", "30")
		rw.Header().Set("Cache-Control", "no-store")
		if isForPrograms(r.URL.Path) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusServiceUnavailable)
			_, _ = rw.Write([]byte(`{"error":"temporarily_unavailable","error_description":"Try again later."}` + "\n"))
			return
		}
		pages.Error(rw, r, http.StatusServiceUnavailable, "We can’t sign you in right now",
			"APS is putting its records in order after an interruption. Please try again in a few minutes.")
	})
}

// isHarmless: health, what is public and the same for everybody, and styles.
func isHarmless(path string) bool {
	switch path {
	case "/livez", "/healthz", "/readyz":
		return true
	default:
		return strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/static/")
	}
}

// held delivers nothing while the database is older: what waits in a backup was sent long ago.
type held struct {
	watching
	requests
}

// DeliverNotice implements outbox.Deliverer.
func (h held) DeliverNotice(ctx context.Context, n idp.Notice) error {
	if err := h.Older(); err != nil {
		return err
	}
	return h.requests.DeliverNotice(ctx, n)
}

// isForPrograms: what apps and integrations call themselves, and not through the browser of a person.
func isForPrograms(path string) bool {
	return oidcop.IsForPrograms(path) || strings.HasPrefix(path, "/api/")
}
