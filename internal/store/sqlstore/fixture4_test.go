package sqlstore

import (
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture4 looks at what version 4 added: the tree over the audit trail.
func checkFixture4(t *testing.T, s *Store) {
	t.Helper()
	key, err := s.FindLogKey(t.Context())
	equal(t, err, key, idp.NewSecret("PRIVATE+KEY"))
	leaf, err := s.FindLeaf(t.Context(), 0)
	equal(t, err, leaf, auditlog.Leaf{
		EventID: "evt_1", Hash: tlog.Hash([]byte("hash-of-32-bytes----------------")), Root: tlog.Hash([]byte("root-of-32-bytes----------------")),
	})
	newest, err := s.NewestCheckpoint(t.Context())
	equal(t, err, newest, auditlog.Checkpoint{
		Size: 1, Note: "signed", Frontier: []byte("frontier"), CreatedAt: time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC),
	})
}
