package auditlog

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/apscloud/apsid/internal/idp"
)

// restored looks at an event, and at what it proves if it says that a backup was restored. Somebody with the database can write such an event, and nodes would
// give it a leaf, but without the key of the log they can't sign it. One that was copied from elsewhere in the trail does not fit: it
// names the tree as it was kept, which lies before it.
func (v *verifier) restored(ctx context.Context, index int64, event Record) error {
	if event.Type != string(idp.EventSystemRestored) {
		return nil
	}
	forged := &Fault{EventID: event.ID, Index: index, What: "says that a backup was restored, and was forged"}
	var details map[string]string
	if json.Unmarshal([]byte(event.Details), &details) != nil {
		return forged
	}
	r, err := v.key.restoration(details[RestorationDetail])
	if err != nil || r.Kept.Size > index {
		return forged
	}
	if r.Kept.Size > 0 {
		leaf, err := v.store.FindLeaf(ctx, r.Kept.Size-1)
		switch {
		case errors.Is(err, idp.ErrNotFound): // it has left for an archive
		case err != nil:
			return err
		case leaf.Root != r.Kept.Root:
			return forged
		}
	}
	v.report.Restored = append(v.report.Restored, Restored{Restoration: r, EventID: event.ID, By: event.ActorID})
	return nil
}

// account looks for a restore that has taken away what the kept checkpoint knows of: the first one after the checkpoint was made that
// kept less than it. Later restores don't matter: what they took away was written after the checkpoint. A restore of before the
// checkpoint accounts for nothing that is missing since.
func (v *verifier) account() {
	if v.other == nil {
		return
	}
	for _, r := range v.report.Restored {
		if r.Epoch.Since.Before(v.kept.at) || r.Kept.Size >= v.kept.size {
			continue
		}
		gap := Gap{By: r, Events: max(r.Missing(), v.kept.size-r.Kept.Size), Until: v.kept.at}
		if r.Known.At.After(gap.Until) {
			gap.Until = r.Known.At
		}
		v.report.Gap, v.other = &gap, nil
		return
	}
}
