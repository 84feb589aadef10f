package sqlstore

import (
	"context"

	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

type eventRow struct {
	ID         text `gorm:"primaryKey"`
	At         stamp
	Type       text
	ActorKind  text
	ActorID    text
	PracticeID text
	UserID     text
	ClientID   text
	SID        text `gorm:"column:sid"`
	Result     text
	Reason     text
	Address    text
	UserAgent  text
	Details    details
}

// TableName names the table.
func (eventRow) TableName() string { return "events" }

// eventToRow makes every text storable: an event must not be lost because of what an attacker put into it.
func eventToRow(e idp.AuditEvent) eventRow {
	return eventRow{
		ID: clean(string(e.ID)), At: at(e.At), Type: clean(string(e.Type)), ActorKind: clean(string(e.Actor.Kind)), ActorID: clean(e.Actor.ID),
		PracticeID: clean(string(e.PracticeID)), UserID: clean(string(e.UserID)), ClientID: clean(string(e.ClientID)),
		SID: clean(string(e.SID)), Result: clean(string(e.Result)), Reason: clean(string(e.Reason)), Address: clean(e.Address),
		UserAgent: clean(e.UserAgent), Details: e.Details,
	}
}

func (r eventRow) domain() (idp.AuditEvent, error) {
	return idp.AuditEvent{
		ID: idp.EventID(r.ID), At: r.At.at, Type: idp.EventType(r.Type),
		Actor:      idp.Actor{Kind: idp.ActorKind(r.ActorKind), ID: string(r.ActorID)},
		PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID), ClientID: idp.ClientID(r.ClientID),
		SID: idp.SID(r.SID), Result: idp.Result(r.Result), Reason: idp.Reason(r.Reason), Address: string(r.Address),
		UserAgent: string(r.UserAgent), Details: r.Details,
	}, nil
}

// AppendEvent is Tx.AppendEvent in a transaction of its own, for events that have no change beside them.
func (s *Store) AppendEvent(ctx context.Context, e idp.AuditEvent) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.AppendEvent(ctx, e) })
}

// AppendEvent writes an audit event. One with this identifier is there already when a step is repeated: it stays.
func (tx *Tx) AppendEvent(ctx context.Context, e idp.AuditEvent) error {
	row := eventToRow(e)
	_, err := tx.insert(ctx, &row, clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoNothing: true})
	return err
}

// AppendEvents writes events, up to MaxBatch, each as AppendEvent does, by one statement.
func (tx *Tx) AppendEvents(ctx context.Context, events []idp.AuditEvent) error {
	if len(events) == 0 {
		return nil
	}
	if len(events) > MaxBatch {
		return idp.ErrInvalid
	}
	rows := make([]eventRow, len(events))
	for i, e := range events {
		rows[i] = eventToRow(e)
	}
	_, err := tx.insert(ctx, &rows, clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoNothing: true})
	return err
}
