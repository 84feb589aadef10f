package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// findsClients is a query, or a command.
type findsClients interface {
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// strictest is policy.Strictest of all apps of the person.
func strictest(ctx context.Context, from findsClients, of idp.Account, now time.Time) (idp.ACR, error) {
	var apps []idp.Client
	for _, id := range policy.AppsOf(of.Practice) {
		app, err := from.FindClient(ctx, id)
		if errors.Is(err, idp.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		apps = append(apps, app)
	}
	return policy.Strictest(of.User, of.Practice, apps, now), nil
}
