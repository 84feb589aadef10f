package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

type leafRow struct {
	Idx     int64 `gorm:"primaryKey;autoIncrement:false"`
	EventID text
	Hash    []byte
	Root    []byte
}

// TableName names the table.
func (leafRow) TableName() string { return "log_leaves" }

type checkpointRow struct {
	Size      int64 `gorm:"primaryKey;autoIncrement:false"`
	Note      text
	Frontier  []byte
	CreatedAt stamp
}

// TableName names the table.
func (checkpointRow) TableName() string { return "log_checkpoints" }

type logKeyRow struct {
	Name      text `gorm:"primaryKey"`
	Private   []byte
	CreatedAt stamp
}

// TableName names the table.
func (logKeyRow) TableName() string { return "log_keys" }

// rawEventRow is an event as it is stored: an attacker may have put anything into its details.
type rawEventRow struct {
	ID         text `gorm:"primaryKey"`
	At         rawStamp
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
	Details    text
}

// TableName names the table.
func (rawEventRow) TableName() string { return "events" }

// rawStamp is a stamp that may have been tampered with: text that is no time is read as the zero time, which no event has.
type rawStamp struct{ stamp }

// Scan never fails.
func (s *rawStamp) Scan(value any) error {
	if s.stamp.Scan(value) != nil {
		s.stamp = stamp{}
	}
	return nil
}

func (r rawEventRow) record() auditlog.Record {
	return auditlog.Record{
		ID: idp.EventID(r.ID), At: r.At.at, Type: string(r.Type), ActorKind: string(r.ActorKind), ActorID: string(r.ActorID),
		PracticeID: string(r.PracticeID), UserID: string(r.UserID), ClientID: string(r.ClientID), SID: string(r.SID),
		Result: string(r.Result), Reason: string(r.Reason), Address: string(r.Address), UserAgent: string(r.UserAgent),
		Details: string(r.Details),
	}
}

func (r leafRow) domain() (auditlog.Leaf, error) {
	leaf := auditlog.Leaf{Index: r.Idx, EventID: idp.EventID(r.EventID)}
	if copy(leaf.Hash[:], r.Hash) != tlog.HashSize || copy(leaf.Root[:], r.Root) != tlog.HashSize {
		return auditlog.Leaf{}, fmt.Errorf("leaf %d of the audit log has no hashes", r.Idx)
	}
	return leaf, nil
}

func (r checkpointRow) domain() auditlog.Checkpoint {
	return auditlog.Checkpoint{Size: r.Size, Note: string(r.Note), Frontier: r.Frontier, CreatedAt: r.CreatedAt.at}
}

const logKeyName = "checkpoints"

// FindLogKey returns the key that signs checkpoints; idp.ErrNotFound before there is one.
func (q queries) FindLogKey(ctx context.Context) (idp.Secret, error) {
	var row logKeyRow
	if err := q.take(ctx, &row, where("name = ?", logKeyName)); err != nil {
		return idp.Secret{}, err
	}
	return q.open(row.Private, "log_keys", "private", logKeyName)
}

// CreateLogKey stores the key, sealed; idp.ErrConflict if there is one.
func (s *Store) CreateLogKey(ctx context.Context, key idp.Secret, now time.Time) error {
	private, err := s.seal(key, "log_keys", "private", logKeyName)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(tx *Tx) error {
		_, err := tx.insert(ctx, &logKeyRow{Name: logKeyName, Private: private, CreatedAt: at(now)})
		return err
	})
}

// NewestCheckpoint returns the one of the largest tree; idp.ErrNotFound before there is one.
func (q queries) NewestCheckpoint(ctx context.Context) (auditlog.Checkpoint, error) {
	var row checkpointRow
	err := q.take(ctx, &row, func(db *gorm.DB) *gorm.DB { return db.Order("size DESC") })
	return row.domain(), err
}

// ListCheckpoints lists those of trees larger than after, by size.
func (q queries) ListCheckpoints(ctx context.Context, after int64, limit int) ([]auditlog.Checkpoint, error) {
	var rows []checkpointRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Where("size > ?", after).Order("size").Limit(limit) })
	if err != nil {
		return nil, err
	}
	list := make([]auditlog.Checkpoint, 0, len(rows))
	for _, row := range rows {
		list = append(list, row.domain())
	}
	return list, nil
}

// FindLeaf returns a leaf; idp.ErrNotFound if there is none at this index.
func (q queries) FindLeaf(ctx context.Context, index int64) (auditlog.Leaf, error) {
	var row leafRow
	if err := q.take(ctx, &row, where("idx = ?", index)); err != nil {
		return auditlog.Leaf{}, err
	}
	return row.domain()
}

// ListWaiting lists the events without a leaf after an identifier, by identifier, limit of them: triggers keep a table of these, and a
// round of a node reads nothing else. It is planned anew each time, as a plan for a short table would read through a long one.
func (s *Store) ListWaiting(ctx context.Context, after idp.EventID, limit int) (waiting []auditlog.Record, err error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	values := []any{string(after), limit}
	if s.engine == Postgres {
		values = slices.Insert(values, 0, any(pgx.QueryExecModeExec))
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT events.* FROM unsealed_events JOIN events ON events.id = unsealed_events.id
		WHERE unsealed_events.id > $1 ORDER BY unsealed_events.id LIMIT $2`, values...)
	if err != nil {
		return nil, mapFind(err)
	}
	defer func() { err = errors.Join(err, mapFind(rows.Close())) }()
	for rows.Next() {
		var event rawEventRow
		if err := s.gorm.ScanRows(rows, &event); err != nil {
			return nil, mapFind(err)
		}
		waiting = append(waiting, event.record())
	}
	return waiting, mapFind(rows.Err())
}

// ListUnsealed looks at the next limit events after an identifier, and returns those without a leaf, by identifier. next is where
// to go on from; "" if there are no more.
func (q queries) ListUnsealed(ctx context.Context, after idp.EventID, limit int) (unsealed []auditlog.Record, next idp.EventID, err error) {
	var events []rawEventRow
	err = q.find(ctx, &events, func(db *gorm.DB) *gorm.DB { return db.Where("id > ?", text(after)).Order("id").Limit(limit) })
	if err != nil || len(events) == 0 {
		return nil, "", err
	}
	ids := make([]text, 0, len(events))
	for _, event := range events {
		ids = append(ids, event.ID)
	}
	var leaves []leafRow
	err = q.find(ctx, &leaves, func(db *gorm.DB) *gorm.DB { return db.Where("?", among("event_id", ids)) })
	if err != nil {
		return nil, "", err
	}
	sealed := make(map[text]bool, len(leaves))
	for _, leaf := range leaves {
		sealed[leaf.EventID] = true
	}
	for _, event := range events {
		if !sealed[event.ID] {
			unsealed = append(unsealed, event.record())
		}
	}
	if len(events) == limit {
		next = idp.EventID(events[limit-1].ID)
	}
	return unsealed, next, nil
}

// AppendLeaves stores leaves and the checkpoint that covers them, both or neither, and drops the checkpoint of size drop (0:
// none). idp.ErrConflict if there is a leaf at one of the indexes already, or one of the events has a leaf. A trigger takes the events
// off the list of those that wait.
func (s *Store) AppendLeaves(ctx context.Context, leaves []auditlog.Leaf, c auditlog.Checkpoint, drop int64) error {
	rows := make([]leafRow, 0, len(leaves))
	for _, leaf := range leaves {
		rows = append(rows, leafRow{Idx: leaf.Index, EventID: text(leaf.EventID), Hash: leaf.Hash[:], Root: leaf.Root[:]})
	}
	return s.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.insert(ctx, &rows); err != nil {
			return err
		}
		row := checkpointRow{Size: c.Size, Note: text(c.Note), Frontier: c.Frontier, CreatedAt: at(c.CreatedAt)}
		if _, err := tx.insert(ctx, &row); err != nil || drop == 0 {
			return err
		}
		_, err := tx.remove(ctx, &checkpointRow{}, where("size = ?", drop))
		return err
	})
}

// ListSealed lists leaves from an index on, each with its event, by index.
func (q queries) ListSealed(ctx context.Context, from int64, limit int) ([]auditlog.Sealed, error) {
	var rows []leafRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Where("idx >= ?", from).Order("idx").Limit(limit) })
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]text, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.EventID)
	}
	var events []rawEventRow
	err = q.find(ctx, &events, func(db *gorm.DB) *gorm.DB { return db.Where("?", among("id", ids)) })
	if err != nil {
		return nil, err
	}
	found := make(map[idp.EventID]*auditlog.Record, len(events))
	for _, event := range events {
		record := event.record()
		found[record.ID] = &record
	}
	list := make([]auditlog.Sealed, 0, len(rows))
	for _, row := range rows {
		leaf, err := row.domain()
		if err != nil {
			return nil, err
		}
		list = append(list, auditlog.Sealed{Leaf: leaf, Record: found[leaf.EventID]})
	}
	return list, nil
}
