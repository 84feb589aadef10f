package auditlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/idp"
)

// Place is a size of the tree with its root, and when the tree had it. Two trees that agree on a place agree on every event before.
type Place struct {
	Size int64
	Root tlog.Hash
	At   time.Time
}

// Restoration says that the database was restored from a backup, and which part of the trail is gone for it. It is signed with the key
// of the log, so that somebody with the database alone can't pass a deletion off as a restore.
type Restoration struct {
	Epoch idp.Epoch // that began with it
	Kept  Place     // the tree as the backup had it; Size 0: none
	Known Place     // the largest tree that was known before the restore; Size 0: it was not known
}

// Missing is how many events are gone at least.
func (r Restoration) Missing() int64 { return max(0, r.Known.Size-r.Kept.Size) }

// RestorationDetail is the detail of an event idp.EventSystemRestored that holds the signed text.
const RestorationDetail = "restoration"

// restorationOrigin begins the text of a restoration: no checkpoint can be taken for one, nor the reverse.
const restorationOrigin = "apsid-restoration"

// Notary signs and reads what the key of the log is for. It is safe for concurrent use.
type Notary struct{ key key }

// OpenNotary opens the key of the log, and draws it if the log is new. Errors are those of the store.
func OpenNotary(ctx context.Context, store Store, now time.Time) (*Notary, error) {
	k, err := openKey(ctx, store, now)
	if err != nil {
		return nil, err
	}
	return &Notary{key: k}, nil
}

// Trail names the trail by the public part of its key: a database that was made anew has another trail, and a copy has the same.
func (n *Notary) Trail() string {
	sum := sha256.Sum256([]byte(n.key.public))
	return hex.EncodeToString(sum[:8])
}

// Checkpoint returns the place that a signed checkpoint stands for.
func (n *Notary) Checkpoint(text string) (Place, error) {
	s, err := n.key.open(text)
	return Place{Size: s.size, Root: s.root, At: s.at}, err
}

// Sign writes a restoration down.
func (n *Notary) Sign(r Restoration) (string, error) {
	text := fmt.Sprintf("%s\n%d %s\n%s\n%s\n", restorationOrigin, r.Epoch.Number, r.Epoch.Since.UTC().Format(time.RFC3339Nano),
		r.Kept.line(), r.Known.line())
	signed, err := note.Sign(&note.Note{Text: text}, n.key.signer)
	if err != nil {
		return "", fmt.Errorf("sign a restoration: %w", err)
	}
	return string(signed), nil
}

// Restoration reads what Sign wrote.
func (n *Notary) Restoration(text string) (Restoration, error) { return n.key.restoration(text) }

func (k key) restoration(text string) (r Restoration, err error) {
	opened, err := note.Open([]byte(text), note.VerifierList(k.verifier))
	if err != nil {
		return Restoration{}, fmt.Errorf("the signature is not ours: %w", err)
	}
	var since, keptRoot, keptAt, knownRoot, knownAt string
	_, err = fmt.Sscanf(opened.Text, restorationOrigin+"\n%d %s\n%d %s %s\n%d %s %s\n", &r.Epoch.Number, &since,
		&r.Kept.Size, &keptRoot, &keptAt, &r.Known.Size, &knownRoot, &knownAt)
	if err != nil {
		return Restoration{}, fmt.Errorf("not a restoration: %w", err)
	}
	var errs [5]error
	r.Epoch.Since, errs[0] = time.Parse(time.RFC3339Nano, since)
	r.Kept.Root, errs[1] = tlog.ParseHash(keptRoot)
	r.Kept.At, errs[2] = time.Parse(time.RFC3339Nano, keptAt)
	r.Known.Root, errs[3] = tlog.ParseHash(knownRoot)
	r.Known.At, errs[4] = time.Parse(time.RFC3339Nano, knownAt)
	if err := errors.Join(errs[:]...); err != nil {
		return Restoration{}, fmt.Errorf("not a restoration: %w", err)
	}
	return r, nil
}

func (p Place) line() string {
	return fmt.Sprintf("%d %s %s", p.Size, p.Root, p.At.UTC().Format(time.RFC3339Nano))
}
