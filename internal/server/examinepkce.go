package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/seal"
)

// bareShown is how many apps that sign people in without PKCE a check names.
const bareShown = 20

// examinePKCE returns what an operator should know of the apps that sign people in without PKCE; "" if there is none.
func examinePKCE(ctx context.Context, c config.SQL, sealer *seal.Sealer, now time.Time) (note string, err error) {
	store, err := openSQL(ctx, c, sealer)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	apps, err := store.ListApps(ctx)
	if err != nil {
		return "", err
	}
	var named []string
	for _, app := range apps {
		if !policy.SignsInWithoutPKCE(app, now) {
			continue
		}
		name := string(app.ID)
		if app.PKCEOptional {
			name += " (pkce_optional)"
		}
		named = append(named, name)
	}
	if len(named) == 0 {
		return "", nil
	}
	count := len(named)
	if count > bareShown {
		named = append(named[:bareShown], "…")
	}
	return fmt.Sprintf("%d signed people in without it in the last 30 days: %s. Turn PKCE on in their libraries (usePKCE, pkce), "+
		"then register pkce_required: true in place of pkce_optional", count, strings.Join(named, ", ")), nil
}
