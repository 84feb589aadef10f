package auditlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/idp"
)

// Archive says that the events of the leaves from Since up to Size, without that, have left for a file.
type Archive struct {
	Since, Size int64
	Note        string // signed: the sizes, the root at Size, and the hash of the file
	Frontier    []byte // of the tree at Size; not signed, but its root must be the signed one
	CreatedAt   time.Time
}

// archiveOrigin is the first line of an archive's note: no checkpoint is taken for one, nor one for a checkpoint.
const archiveOrigin = "apsid-audit-archive"

// claim is what the note of an archive says.
type claim struct {
	since, size int64
	root, file  tlog.Hash
}

func (k key) signArchive(c claim, now time.Time) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%d\n%s\n%s\n%s\n", archiveOrigin, c.since, c.size, c.root, c.file, now.UTC().Format(time.RFC3339))
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return "", fmt.Errorf("sign an archive: %w", err)
	}
	return string(signed), nil
}

func (k key) openArchive(text string) (c claim, err error) {
	opened, err := note.Open([]byte(text), note.VerifierList(k.verifier))
	if err != nil {
		return claim{}, fmt.Errorf("the signature is not ours: %w", err)
	}
	var root, file, when string
	if _, err := fmt.Sscanf(opened.Text, archiveOrigin+"\n%d\n%d\n%s\n%s\n%s\n", &c.since, &c.size, &root, &file, &when); err != nil {
		return claim{}, fmt.Errorf("not of an archive: %w", err)
	}
	var problems [2]error
	c.root, problems[0] = tlog.ParseHash(root)
	c.file, problems[1] = tlog.ParseHash(file)
	return c, errors.Join(problems[:]...)
}

// archiveFile names the file of an archive, in whatever folder.
func archiveFile(since, size int64) string {
	return fmt.Sprintf("events-%012d-%012d.jsonl", since, size)
}

// Leaving says which events are to leave, and where to.
type Leaving struct {
	Folder string    // exists
	Before time.Time // those that had their place in the tree before
	Names  Names
	By     idp.Actor
}

// Leave moves the oldest events of the trail into signed files, one for a month, and returns the archives that it made. A file is there
// and was read again before the first event is deleted, none is ever overwritten, and a run that was cut off is finished by the next.
// *Fault: the trail, or a file that is there already, is not as it was written; nothing more is deleted then.
func Leave(ctx context.Context, store Archives, l Leaving, now time.Time) (made []Archive, err error) {
	stored, err := store.FindLogKey(ctx)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil // nothing was ever sealed
	}
	if err != nil {
		return nil, err
	}
	k, err := parseKey(stored)
	if err != nil {
		return nil, err
	}
	t, err := k.startTree(ctx, store)
	if err != nil {
		return nil, err
	}
	for {
		if err := removeArchived(ctx, store, t.size); err != nil {
			return made, err
		}
		end, err := k.nextMonth(ctx, store, t.size, l.Before)
		if err != nil || end.Size == 0 {
			return made, err
		}
		a, err := writeArchive(ctx, store, k, t, end, l, now)
		if err != nil {
			return made, err
		}
		if err := store.RecordArchive(ctx, a, l.event(a)); err != nil {
			return made, err
		}
		made = append(made, a)
	}
}

// event tells of an archive.
func (l Leaving) event(a Archive) idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewEventID(a.CreatedAt), At: a.CreatedAt, Type: idp.EventEventsArchived, Actor: l.By, Result: idp.ResultSuccess,
		Details: map[string]string{"file": archiveFile(a.Since, a.Size), "events": strconv.FormatInt(a.Size-a.Since, 10)},
	}
}

// startTree is the tree at the end of the last archive: that its events have left is signed.
func (k key) startTree(ctx context.Context, store Store) (*tree, error) {
	archives, err := store.ListArchives(ctx)
	if err != nil || len(archives) == 0 {
		return &tree{}, err
	}
	last := archives[len(archives)-1]
	c, err := k.openArchive(last.Note)
	if err != nil || c.size != last.Size || c.since != last.Since {
		return nil, &Fault{Index: last.Size, What: "the record of the archive that ends here was forged"}
	}
	t, err := treeAt(last.Size, last.Frontier)
	if err != nil || t.root() != c.root {
		return nil, &Fault{Index: last.Size, What: "the record of the archive that ends here was altered"}
	}
	return t, nil
}

// nextMonth is the last checkpoint of the month that comes first after size, made before before; zero if there is none. Checkpoints say
// when their events had their places.
func (k key) nextMonth(ctx context.Context, store Store, size int64, before time.Time) (last Checkpoint, err error) {
	until := before
	for {
		more, err := store.ListCheckpoints(ctx, size, batch)
		if err != nil {
			return Checkpoint{}, err
		}
		for _, next := range more {
			made, err := k.open(next.Note)
			if err != nil {
				return Checkpoint{}, &Fault{Index: next.Size - 1, What: "the checkpoint after this event was forged"}
			}
			if last.Size == 0 {
				year, month, _ := made.at.Date()
				until = earlier(before, time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC))
			}
			if !made.at.Before(until) {
				return last, nil
			}
			last, size = next, next.Size
		}
		if len(more) < batch {
			return last, nil
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// removeArchived deletes what was recorded as archived.
func removeArchived(ctx context.Context, store Archives, size int64) error {
	for {
		n, err := store.RemoveArchived(ctx, size, batch)
		if err != nil || n == 0 {
			return err
		}
	}
}

// writeArchive writes the file of the leaves from t up to a checkpoint, reads it again, and leaves t at its end.
func writeArchive(ctx context.Context, store Store, k key, t *tree, end Checkpoint, l Leaving, now time.Time) (Archive, error) {
	path := filepath.Join(l.Folder, archiveFile(t.size, end.Size))
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		start := *t
		err = publish(path, func(f *os.File) error { return writeEvents(ctx, f, store, k, &start, end, l.Names, now) })
	}
	if err != nil {
		return Archive{}, fmt.Errorf("write the archive: %w", err)
	}
	a := Archive{Since: t.size, Size: end.Size, CreatedAt: now}
	a.Note, err = readArchive(path, k, a.Since, a.Size, func(_ Record, hash tlog.Hash) error {
		t.add(hash)
		return nil
	})
	if err != nil {
		return Archive{}, err
	}
	signed, err := k.open(end.Note)
	c, forged := k.openArchive(a.Note)
	if err != nil || forged != nil || signed.root != t.root() || c.root != signed.root {
		return Archive{}, &Fault{Index: end.Size - 1, What: path + " does not hold the events up to this one as they were written"}
	}
	a.Frontier = t.frontier()
	return a, nil
}

// publish writes a file durably, and puts it in its place when it is whole. One that is there is never overwritten.
func publish(path string, write func(*os.File) error) error {
	folder := filepath.Dir(path)
	draft, err := os.CreateTemp(folder, ".events-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	if err := errors.Join(write(draft), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(folder) // #nosec G304 -- the operator names it
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func encodeHash(h tlog.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }
