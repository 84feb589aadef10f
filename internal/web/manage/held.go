package manage

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// heldFor is how long what a visitor chose waits for them to go on.
const heldFor = 2 * time.Hour

// batchSlots is how many batches of one visitor are held at most, with their results. Of sheets it is one: they are large, and who
// hands in many must not fill the store.
const batchSlots = 16

// heldValue is a value as it is held.
type heldValue struct {
	ID    string // of the batch or the sheet, because the next one may take its place
	Value json.RawMessage
}

// put keeps a value of a batch or a sheet for this visitor alone: no other visitor finds it, whatever address they know. name is the
// identifier, and behind a slash what the value is of it.
func (s *Surface) put(ctx context.Context, v door.Visitor, name string, value any) error {
	inner, err := json.Marshal(value)
	if err != nil {
		return idp.Wrap(idp.CodeInternal, err)
	}
	text, err := json.Marshal(heldValue{ID: name, Value: inner})
	if err != nil {
		return idp.Wrap(idp.CodeInternal, err)
	}
	return s.Held.Put(ctx, heldName(v, name), text, heldFor)
}

// find reads what put kept; idp.ErrNotFound if it is gone, or is another visitor's.
func (s *Surface) find(ctx context.Context, v door.Visitor, name string, value any) error {
	text, err := s.Held.Find(ctx, heldName(v, name))
	if err != nil {
		return err
	}
	var held heldValue
	if err := json.Unmarshal(text, &held); err != nil {
		return idp.Wrap(idp.CodeInternal, err)
	}
	if held.ID != name {
		return idp.ErrNotFound
	}
	if err := json.Unmarshal(held.Value, value); err != nil {
		return idp.Wrap(idp.CodeInternal, err)
	}
	return nil
}

// need is find for a page that is nothing without the value: it tells the visitor what to do.
func (s *Surface) need(ctx context.Context, v door.Visitor, name string, value any) error {
	err := s.find(ctx, v, name, value)
	if errors.Is(err, idp.ErrNotFound) {
		return &web.FormError{Status: http.StatusNotFound, Public: "What you chose is not kept any more, and nothing was done by this page. Go back to People and begin again.", Cause: err}
	}
	return err
}

// turnName is under which the slot of the visitor's newest batch is held.
const turnName = "turn"

// newBatch returns the identifier of the visitor's next batch, which ends with its slot. Batches take the slots in turn, so that a new one
// takes the place of the oldest.
func (s *Surface) newBatch(ctx context.Context, v door.Visitor) (string, error) {
	turn := 0
	if err := s.find(ctx, v, turnName, &turn); err != nil && !errors.Is(err, idp.ErrNotFound) {
		return "", err
	}
	turn = (turn + 1) % batchSlots
	return idp.NewID(batchPrefix) + slotMark + strconv.Itoa(turn), s.put(ctx, v, turnName, turn)
}

// slotMark stands before the slot in the identifier of a batch.
const slotMark = "."

// heldName is the name of the visitor's slot for the value. Whatever stands in an identifier that a visitor made up, the slot is theirs.
func heldName(v door.Visitor, name string) string {
	id, of, _ := strings.Cut(name, "/")
	slot := id
	switch {
	case strings.HasPrefix(id, batchPrefix):
		_, slot, _ = strings.Cut(id, slotMark)
	case id != turnName:
		slot = "sheet"
	}
	return idp.HashToken(string(v.Account.User.ID) + "/" + slot + "/" + of)
}
