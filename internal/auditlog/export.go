package auditlog

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Line is an event as it is handed over, with the fields that the ATO's framework for digital service providers asks for (DSP
// Operational Security Framework, audit logging): when, who, what, how it went, how they proved who they are, where.
type Line struct {
	Time       string            `json:"time"` // RFC 3339, UTC
	EventID    string            `json:"event_id"`
	Action     string            `json:"action"`
	Result     string            `json:"result"`
	Reason     string            `json:"reason,omitempty"`
	ActorKind  string            `json:"actor_kind"`
	ActorID    string            `json:"actor_id,omitempty"`
	ActorName  string            `json:"actor_name,omitempty"`
	PracticeID string            `json:"practice_id,omitempty"`
	UserID     string            `json:"user_id,omitempty"` // whom it concerns
	UserName   string            `json:"user_name,omitempty"`
	Factors    string            `json:"factors,omitempty"` // RFC 8176, with spaces between
	App        string            `json:"app,omitempty"`
	Session    string            `json:"session,omitempty"`
	Address    string            `json:"address,omitempty"`
	Device     string            `json:"device,omitempty"` // the user agent
	Details    map[string]string `json:"details,omitempty"`
}

// Names tells the name that goes with an identifier of a person; "" if it is not known.
type Names func(id string) string

// LineOf writes an event down.
func LineOf(e idp.AuditEvent, names Names) Line {
	return Line{
		Time: e.At.UTC().Format(time.RFC3339Nano), EventID: string(e.ID), Action: string(e.Type), Result: string(e.Result), Reason: string(e.Reason),
		ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID, ActorName: names(e.Actor.ID), PracticeID: string(e.PracticeID),
		UserID: string(e.UserID), UserName: names(string(e.UserID)), Factors: e.Details["amr"], App: string(e.ClientID),
		Session: string(e.SID), Address: e.Address, Device: e.UserAgent, Details: e.Details,
	}
}

// WriteJSONLines writes one JSON object a line. It stops at the first error of events.
func WriteJSONLines(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names Names) error {
	encoder := json.NewEncoder(w)
	for event, err := range events {
		if err != nil {
			return err
		}
		if err := encoder.Encode(LineOf(event, names)); err != nil {
			return fmt.Errorf("write event: %w", err)
		}
	}
	return nil
}

// WriteCSV writes a header and one row an event (RFC 4180), for spreadsheets: it begins with the mark of UTF-8, and no cell can be
// taken for a formula. Times are those of the reader's place; the zero place is that of a program. It stops at the first error of events.
func WriteCSV(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names Names, place idp.Place) error {
	if _, err := io.WriteString(w, idp.CellMark); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	rows := csv.NewWriter(w)
	if err := rows.Write([]string{
		place.Column("time"), "event_id", "action", "result", "reason", "actor_kind", "actor_id", "actor_name", "practice_id", "user_id", "user_name",
		"factors", "app", "session", "address", "device", "details",
	}); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	for event, err := range events {
		if err != nil {
			return err
		}
		line := LineOf(event, names)
		line.Time = place.Instant(event.At)
		row, err := line.cells()
		if err != nil {
			return err
		}
		if err := rows.Write(row); err != nil {
			return fmt.Errorf("write events: %w", err)
		}
	}
	rows.Flush()
	return rows.Error()
}

func (l Line) cells() ([]string, error) {
	details := ""
	if len(l.Details) > 0 {
		encoded, err := json.Marshal(l.Details)
		if err != nil {
			return nil, fmt.Errorf("details of event %s: %w", l.EventID, err)
		}
		details = string(encoded)
	}
	cells := []string{
		l.Time, l.EventID, l.Action, l.Result, l.Reason, l.ActorKind, l.ActorID, l.ActorName, l.PracticeID, l.UserID, l.UserName,
		l.Factors, l.App, l.Session, l.Address, l.Device, details,
	}
	for i, cell := range cells {
		cells[i] = idp.Cell(cell)
	}
	return cells, nil
}
