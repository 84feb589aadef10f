package trail

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// ExportCSV writes what the filter of the address shows, all pages, for a spreadsheet.
func (t *Trail) ExportCSV(w http.ResponseWriter, r *http.Request, v door.Visitor, of Scope) error {
	return t.export(w, r, v, of, format{"text/csv; charset=utf-8", "csv", t.CSV})
}

// ExportLines writes it for a program: one JSON object a line.
func (t *Trail) ExportLines(w http.ResponseWriter, r *http.Request, v door.Visitor, of Scope) error {
	return t.export(w, r, v, of, format{"application/jsonl", "jsonl", t.JSONLines})
}

// format is a form of the download.
type format struct {
	media, extension string
	write            Exporter
}

func (t *Trail) export(w http.ResponseWriter, r *http.Request, v door.Visitor, of Scope, as format) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	query, err := f.query(v)
	if err != nil {
		return err
	}
	if of.Own {
		query.UserID = v.Account.User.ID
	}
	events, err := t.Practices.ExportEvents(r.Context(), v.Caller, of.Practice, query, v.Now)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", as.media)
	w.Header().Set("Content-Disposition", `attachment; filename="activity-`+v.Now.In(v.Zone().Location()).Format(time.DateOnly)+`.`+as.extension+`"`)
	out := web.Patient(w, t.Clock)
	people := &nameBook{trail: t, of: of, names: map[string]string{}}
	if of.Own {
		people.only = v.Account.User.ID
	}
	if err := as.write(out, people.ahead(r.Context(), events), people.name, v.Zone()); err != nil {
		t.Log.WarnContext(r.Context(), "download broken off", "request_id", web.RequestID(r.Context()), "error", err)
		panic(http.ErrAbortHandler) // the answer has begun: an incomplete one must not look complete
	}
	return nil
}

// nameBook holds the names of the people in an export, for a stretch of events at a time.
type nameBook struct {
	trail *Trail
	of    Scope
	only  idp.UserID // whose name alone is told; "" for every person of the practice
	names map[string]string
}

// stretch is how many events are named at once: so few that one call of ListNames takes the people in them.
const stretch = 100

// name is the name of a person; "" for a person of another practice.
func (b *nameBook) name(id string) string { return b.names[id] }

// ahead passes the events on, after it has looked up the people in them.
func (b *nameBook) ahead(ctx context.Context, events iter.Seq2[idp.AuditEvent, error]) iter.Seq2[idp.AuditEvent, error] {
	return func(yield func(idp.AuditEvent, error) bool) {
		var waiting []idp.AuditEvent
		pass := func() bool {
			if err := b.look(ctx, waiting); err != nil {
				return yield(idp.AuditEvent{}, err)
			}
			for _, event := range waiting {
				if !yield(event, nil) {
					return false
				}
			}
			waiting = waiting[:0]
			return true
		}
		for event, err := range events {
			if err != nil {
				yield(idp.AuditEvent{}, err)
				return
			}
			waiting = append(waiting, event)
			if len(waiting) == stretch && !pass() {
				return
			}
		}
		pass()
	}
}

// look reads the names for these events, and forgets those for earlier ones.
func (b *nameBook) look(ctx context.Context, events []idp.AuditEvent) error {
	ids := map[idp.UserID]bool{}
	for _, e := range events {
		ids[e.UserID] = true
		if e.Actor.Kind == idp.ActorUser || e.Actor.Kind == idp.ActorStaff {
			ids[idp.UserID(e.Actor.ID)] = true
		}
	}
	delete(ids, "")
	if b.only != "" {
		ids = map[idp.UserID]bool{b.only: true}
	}
	users, err := b.trail.Names.ListNames(ctx, b.of.Practice, slices.Collect(maps.Keys(ids)))
	clear(b.names)
	for _, u := range users {
		b.names[string(u.ID)] = u.Username
	}
	return err
}
