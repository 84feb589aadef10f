package manage

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

// exportCSV writes the activity for a spreadsheet.
func (s *Surface) exportCSV(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.export(w, r, v, "text/csv; charset=utf-8", "csv", s.CSV)
}

// exportLines writes the activity for a program: one JSON object a line.
func (s *Surface) exportLines(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.export(w, r, v, "application/jsonl", "jsonl", s.JSONLines)
}

func (s *Surface) export(w http.ResponseWriter, r *http.Request, v door.Visitor, kind, extension string, write Exporter) error {
	t, err := readTrail(r)
	if err != nil {
		return err
	}
	query, err := t.query(v)
	if err != nil {
		return err
	}
	events, err := s.Practices.ExportEvents(r.Context(), v.Caller, v.Account.Practice.ID, query, v.Now)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="activity-`+v.Now.UTC().Format(time.DateOnly)+`.`+extension+`"`)
	out := &patient{ResponseWriter: w, control: http.NewResponseController(w), clock: s.Clock}
	people := &nameBook{surface: s, practice: v.Account.Practice.ID, names: map[string]string{}}
	if err := write(out, people.ahead(r.Context(), events), people.name); err != nil {
		s.Log.WarnContext(r.Context(), "download broken off", "request_id", web.RequestID(r.Context()), "error", err)
		panic(http.ErrAbortHandler) // the answer has begun: an incomplete one must not look complete
	}
	return nil
}

// patient gives a browser that keeps reading the time that a long answer takes.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	clock   func() time.Time
}

// perWrite is how long one part of the answer may take.
const perWrite = 30 * time.Second

// Write sends a part.
func (p *patient) Write(part []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.clock().Add(perWrite)) // an error means that the connection has no deadlines to move
	return p.ResponseWriter.Write(part)
}

// nameBook holds the names of the people in an export, for a stretch of events at a time.
type nameBook struct {
	surface  *Surface
	practice idp.PracticeID
	names    map[string]string
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
	users, err := b.surface.Names.ListNames(ctx, b.practice, slices.Collect(maps.Keys(ids)))
	clear(b.names)
	for _, u := range users {
		b.names[string(u.ID)] = u.Username
	}
	return err
}
