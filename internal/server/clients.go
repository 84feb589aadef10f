package server

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// clients are the stored clients as the protocol knows them: an integration of a practice that is suspended, or gone, is as good
// as disabled. The practice is read with the client, and remembered with it, so that this costs no query for each token.
type clients struct{ store *sqlstore.Store }

// FindClient implements oidcop.Clients.
func (c clients) FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	client, err := c.store.FindClient(ctx, id)
	if err != nil || client.PracticeID == "" {
		return client, err
	}
	practice, err := c.store.FindPractice(ctx, client.PracticeID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return idp.Client{}, err
	}
	client.Disabled = client.Disabled || practice.State != idp.PracticeActive
	return client, nil
}
