package server

import (
	"context"
	"errors"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// bareShown is how many apps that sign people in without PKCE a check names.
const bareShown = 20

var (
	bareApps = fault{Note, "%d signed people in without it in the last 30 days: %s", "turn PKCE on in their libraries (usePKCE, pkce), then register pkce_required: true in place of pkce_optional"}
	badApps  = fault{Fail, "the apps cannot be read: %s", "see the other lines about the database"}
)

// examinePKCE names the apps that sign people in without PKCE.
func examinePKCE(ctx context.Context, x *examined) []Finding {
	apps, err := listApps(ctx, x)
	if err != nil {
		return []Finding{badApps.found(reason(err))}
	}
	var named []string
	for _, app := range apps {
		if !policy.SignsInWithoutPKCE(app, x.asked.Clock()) {
			continue
		}
		id := string(app.ID)
		if app.PKCEOptional {
			id += " (pkce_optional)"
		}
		named = append(named, id)
	}
	if len(named) == 0 {
		return nil
	}
	count := len(named)
	if count > bareShown {
		named = append(named[:bareShown], "…")
	}
	return []Finding{bareApps.found(count, strings.Join(named, ", "))}
}

func listApps(ctx context.Context, x *examined) (apps []idp.Client, err error) {
	err = x.withSQL(ctx, func(store *sqlstore.Store) error {
		apps, err = store.ListApps(ctx)
		return err
	})
	return apps, err
}

// withSQL opens the database for as long as read takes.
func (x *examined) withSQL(ctx context.Context, read func(*sqlstore.Store) error) error {
	sealer, err := x.sealer()
	if err != nil {
		return err
	}
	store, err := openSQL(ctx, x.node.Places().SQL, sealer)
	if err != nil {
		return err
	}
	return errors.Join(read(store), store.Close())
}
