package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

type archiveRow struct {
	Size      int64 `gorm:"primaryKey;autoIncrement:false"`
	Since     int64
	Note      text
	Frontier  []byte
	CreatedAt stamp
}

// TableName names the table.
func (archiveRow) TableName() string { return "log_archives" }

func (r archiveRow) domain() auditlog.Archive {
	return auditlog.Archive{Since: r.Since, Size: r.Size, Note: string(r.Note), Frontier: r.Frontier, CreatedAt: r.CreatedAt.at}
}

// ListArchives lists what of the audit trail has left for files, by size.
func (q queries) ListArchives(ctx context.Context) ([]auditlog.Archive, error) {
	var rows []archiveRow
	if err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Order("size") }); err != nil {
		return nil, err
	}
	var list []auditlog.Archive
	for _, row := range rows {
		list = append(list, row.domain())
	}
	return list, nil
}

// RecordArchive records an archive, with the event, both or neither; idp.ErrConflict if some of its leaves are archived already.
func (s *Store) RecordArchive(ctx context.Context, a auditlog.Archive, event idp.AuditEvent) error {
	row := archiveRow{Size: a.Size, Since: a.Since, Note: text(a.Note), Frontier: a.Frontier, CreatedAt: at(a.CreatedAt)}
	return s.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.insert(ctx, &row); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event)
	})
}

// RemoveArchived deletes the next events that are archived up to size, with their leaves, limit of them, and the checkpoints of smaller
// trees. It returns how many leaves it deleted. The database refuses it for events that are in no archive, and for a role that may not
// delete events.
func (s *Store) RemoveArchived(ctx context.Context, size int64, limit int) (removed int, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		var leaves []leafRow
		err := tx.find(ctx, &leaves, func(db *gorm.DB) *gorm.DB {
			return db.Select("idx, event_id").Where("idx < ?", size).Order("idx").Limit(limit)
		})
		if removed = len(leaves); err != nil || removed == 0 {
			return err
		}
		ids, indexes := make([]text, removed), make([]int64, removed)
		for i, leaf := range leaves {
			ids[i], indexes[i] = leaf.EventID, leaf.Idx
		}
		for _, rows := range []struct {
			model any
			which build
		}{
			{&eventRow{}, where("?", among("id", ids))}, // before their leaves, which show the database that they are archived
			{&leafRow{}, where("idx IN ?", indexes)},
			{&checkpointRow{}, where("size < ?", size)},
		} {
			if _, err := tx.remove(ctx, rows.model, rows.which); err != nil {
				return err
			}
		}
		return nil
	})
	return removed, err
}
