package auditlog

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Store keeps the tree beside the events, in SQL.
type Store interface {
	// FindLogKey returns the key that signs, opened; idp.ErrNotFound before there is one.
	FindLogKey(ctx context.Context) (idp.Secret, error)
	// CreateLogKey keeps it, sealed; idp.ErrConflict if there is a key already: another node was first.
	CreateLogKey(ctx context.Context, key idp.Secret, now time.Time) error
	// NewestCheckpoint returns the checkpoint of the largest tree; idp.ErrNotFound before there is one.
	NewestCheckpoint(ctx context.Context) (Checkpoint, error)
	// ListCheckpoints lists those of trees larger than after, by size.
	ListCheckpoints(ctx context.Context, after int64, limit int) ([]Checkpoint, error)
	// FindLeaf returns a leaf; idp.ErrNotFound if there is none at this index.
	FindLeaf(ctx context.Context, index int64) (Leaf, error)
	// ListWaiting lists the events without a leaf after an identifier, by identifier, limit of them. It costs what it lists, and does
	// not depend on how many events there are.
	ListWaiting(ctx context.Context, after idp.EventID, limit int) ([]Record, error)
	// ListUnsealed looks through all events instead, so that it finds those too that ListWaiting was kept from. It looks at the next
	// events after an identifier, limit of them, and returns those without a leaf, by identifier. next is where to go on from; "" if
	// there are no more.
	ListUnsealed(ctx context.Context, after idp.EventID, limit int) (unsealed []Record, next idp.EventID, err error)
	// AppendLeaves stores leaves and the checkpoint that covers them, both or neither, and drops the checkpoint of size drop (0:
	// none). idp.ErrConflict if there is a leaf at one of the indexes already, or one of the events has a leaf: another node was
	// first.
	AppendLeaves(ctx context.Context, leaves []Leaf, c Checkpoint, drop int64) error
	// ListSealed lists leaves from an index on, each with its event, by index.
	ListSealed(ctx context.Context, from int64, limit int) ([]Sealed, error)
	// ListArchives lists what has left for files, by size.
	ListArchives(ctx context.Context) ([]Archive, error)
}

// Archives is the store for a caller who may let events leave.
type Archives interface {
	Store
	// RecordArchive records an archive, with the event, both or neither. idp.ErrConflict if some of its leaves are archived already:
	// another caller was first.
	RecordArchive(ctx context.Context, a Archive, event idp.AuditEvent) error
	// RemoveArchived deletes the next events that are archived up to size, with their leaves, limit of them, and the checkpoints of
	// smaller trees. It returns how many leaves it deleted.
	RemoveArchived(ctx context.Context, size int64, limit int) (int, error)
}
