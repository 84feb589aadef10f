package auditlog

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/idp"
)

// An archive is text: a line for each event, and one at the end. Each is a JSON object.

// archivedLine is an event as it is exported, with what proves it.
type archivedLine struct {
	Line
	Stored string `json:"stored_details"` // the details byte for byte
	Leaf   string `json:"leaf"`           // base64
}

// archiveEnd is the last line.
type archiveEnd struct {
	Checkpoint string `json:"checkpoint"` // of the tree that ends with the last event
	Signature  string `json:"signature"`  // over the sizes, the root, and the hash of all lines before
}

// record is the event as its row had it.
func (l archivedLine) record() (Record, error) {
	at, err := time.Parse(time.RFC3339Nano, l.Time)
	return Record{
		ID: idp.EventID(l.EventID), At: at, Type: l.Action, ActorKind: l.ActorKind, ActorID: l.ActorID, PracticeID: l.PracticeID,
		UserID: l.UserID, ClientID: l.App, SID: l.Session, Result: l.Result, Reason: l.Reason, Address: l.Address, UserAgent: l.Device,
		Details: l.Stored,
	}, err
}

// lineOf writes a record down, as LineOf does an event. Details that are no JSON stand in their stored form only.
func (r Record) lineOf(leaf tlog.Hash, names Names) archivedLine {
	var details map[string]string
	_ = json.Unmarshal([]byte(r.Details), &details)
	return archivedLine{Stored: r.Details, Leaf: encodeHash(leaf), Line: Line{
		Time: r.At.UTC().Format(time.RFC3339Nano), EventID: string(r.ID), Action: r.Type, Result: r.Result, Reason: r.Reason,
		ActorKind: r.ActorKind, ActorID: r.ActorID, ActorName: names(r.ActorID), PracticeID: r.PracticeID, UserID: r.UserID,
		UserName: names(r.UserID), Factors: details["amr"], App: r.ClientID, Session: r.SID, Address: r.Address, Device: r.UserAgent,
		Details: details,
	}}
}

// writeEvents writes the leaves from t up to a checkpoint, and the last line.
func writeEvents(ctx context.Context, w io.Writer, store Store, k key, t *tree, end Checkpoint, names Names, now time.Time) error {
	since, sum, buffered := t.size, sha256.New(), bufio.NewWriter(w)
	lines := json.NewEncoder(io.MultiWriter(buffered, sum))
	v := &verifier{store: store, key: k, tree: t}
	for t.size < end.Size {
		leaves, err := store.ListSealed(ctx, t.size, int(min(batch, end.Size-t.size)))
		if err != nil {
			return err
		}
		if len(leaves) == 0 {
			return v.cut(end.Size, "a checkpoint")
		}
		for _, leaf := range leaves {
			if err := v.grow(ctx, leaf); err != nil {
				return err
			}
			if err := lines.Encode(leaf.Record.lineOf(leaf.Hash, names)); err != nil {
				return fmt.Errorf("write event: %w", err)
			}
		}
	}
	signed, err := k.signArchive(claim{since: since, size: t.size, root: t.root(), file: tlog.Hash(sum.Sum(nil))}, now)
	if err != nil {
		return err
	}
	err = json.NewEncoder(buffered).Encode(archiveEnd{Checkpoint: end.Note, Signature: signed})
	return errors.Join(err, buffered.Flush())
}

// readArchive reads a file, gives each event and the hash of its record to each, and returns the note. *Fault: the file is not the one
// that was written for these leaves.
func readArchive(path string, k key, since, size int64, each func(Record, tlog.Hash) error) (signed string, err error) {
	file, err := os.Open(path) // #nosec G304 -- the operator names the folder
	if err != nil {
		return "", fmt.Errorf("read the archive: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	r := archiveReader{path: path, lines: bufio.NewReaderSize(file, 1<<16), sum: sha256.New(), at: since}
	for r.at < size {
		record, hash, err := r.event()
		if err != nil {
			return "", err
		}
		if err := each(record, hash); err != nil {
			return "", err
		}
		r.at++
	}
	return r.end(k, since)
}

type archiveReader struct {
	path  string
	lines *bufio.Reader
	sum   hash.Hash
	at    int64 // the leaf that comes next
}

func (r *archiveReader) fault(what string) error {
	return &Fault{Index: r.at, What: fmt.Sprintf("the archive %s %s", r.path, what)}
}

func (r *archiveReader) event() (Record, tlog.Hash, error) {
	line, err := r.lines.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return Record{}, tlog.Hash{}, r.fault("was cut off")
	}
	if err != nil {
		return Record{}, tlog.Hash{}, fmt.Errorf("read the archive: %w", err)
	}
	_, _ = r.sum.Write(line)
	var archived archivedLine
	if json.Unmarshal(line, &archived) != nil {
		return Record{}, tlog.Hash{}, r.fault("was altered: no event is in its line")
	}
	record, err := archived.record()
	if err != nil {
		return Record{}, tlog.Hash{}, r.fault("was altered: an event has no time")
	}
	hash, err := record.hash()
	if err == nil && encodeHash(hash) != archived.Leaf {
		err = &Fault{EventID: record.ID, Index: r.at, What: "was altered in the archive " + r.path}
	}
	return record, hash, err
}

// end reads the last line and what it signs.
func (r *archiveReader) end(k key, since int64) (string, error) {
	line, err := io.ReadAll(r.lines)
	if err != nil {
		return "", fmt.Errorf("read the archive: %w", err)
	}
	var last archiveEnd
	if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &last) != nil {
		return "", r.fault("was altered: its last line is gone")
	}
	c, err := k.openArchive(last.Signature)
	if err != nil {
		return "", r.fault("was forged: " + err.Error())
	}
	if c.since != since || c.size != r.at || c.file != tlog.Hash(r.sum.Sum(nil)) {
		return "", r.fault("was altered")
	}
	covers, err := k.open(last.Checkpoint)
	if err != nil || covers.size != c.size || covers.root != c.root {
		return "", r.fault("was altered: its checkpoint is another")
	}
	return last.Signature, nil
}
