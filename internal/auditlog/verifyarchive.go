package auditlog

import (
	"context"
	"errors"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// archived brings the tree to where the last archive ends: through the files in folder, or without one ("") at once.
func (v *verifier) archived(ctx context.Context, folder string) error {
	archives, err := v.store.ListArchives(ctx)
	if err != nil || len(archives) == 0 {
		return err
	}
	v.report.Archived = archives[len(archives)-1].Size
	start, err := v.key.startTree(ctx, v.store)
	switch {
	case err != nil:
		return err
	case folder == "" && v.kept.size > 0 && v.kept.size < start.size:
		return errors.New("the events of the checkpoint that was kept have left the database: name the folder of the archives")
	case folder == "":
		v.tree = start
	default:
		for _, a := range archives {
			if err := v.file(ctx, folder, a); err != nil {
				return err
			}
		}
		v.report.Proved = true
	}
	v.read = v.tree.size - 1 // the checkpoint there stays, and is checked next
	return v.signed(ctx)
}

// file goes through one archive.
func (v *verifier) file(ctx context.Context, folder string, a Archive) error {
	if a.Since != v.tree.size {
		return &Fault{Index: v.tree.size, What: "the record of the archive that begins here was removed"}
	}
	signed, err := readArchive(filepath.Join(folder, archiveFile(a.Since, a.Size)), v.key, a.Since, a.Size, func(r Record, hash tlog.Hash) error {
		v.tree.add(hash)
		v.last = r.ID
		v.report.Events++
		v.compare()
		return v.restored(ctx, v.tree.size-1, r)
	})
	if err != nil {
		return err
	}
	c, err := v.key.openArchive(signed)
	if err != nil || c.root != v.tree.root() || signed != a.Note {
		return &Fault{EventID: v.last, Index: a.Size - 1, What: "the archive that ends here is not the one that was recorded"}
	}
	return nil
}
