package manage

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/door"
)

// heldFor is how long what a visitor chose waits for them to go on.
const heldFor = 2 * time.Hour

// put keeps a value for this visitor alone. Its name is bound to them: no other visitor finds it, whatever address they know.
func (s *Surface) put(ctx context.Context, v door.Visitor, name string, value any) error {
	text, err := json.Marshal(value)
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
	if err := json.Unmarshal(text, value); err != nil {
		return idp.Wrap(idp.CodeInternal, err)
	}
	return nil
}

func heldName(v door.Visitor, name string) string {
	return idp.HashToken(string(v.Account.User.ID) + "/" + name)
}
