package directory_test

import (
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func issuer(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOwnAppsAreRegisteredOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, id := t.Context(), issuer(t, "https://id.example")
		var nodes sync.WaitGroup
		for range 5 {
			nodes.Go(func() {
				if err := w.RegisterOwnApps(ctx, id, w.now); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if left := w.fresh(); len(left) != 3 {
			t.Errorf("events %+v", left)
		}
		for app, want := range map[idp.ClientID]struct {
			access   idp.ClientAccess
			callback string
			lifetime time.Duration
		}{
			idp.AppUserManagement: {idp.AccessManagers, "https://id.example/manage/callback", 0},
			idp.AppSupport:        {idp.AccessStaff, "https://id.example/support/callback", 8 * time.Hour},
			idp.AppAccount:        {idp.AccessEveryone, "https://id.example/account/callback", 0},
		} {
			client, err := w.store.FindClient(ctx, app)
			w.must(err)
			if client.Access != want.access || !slices.Equal(client.RedirectURIs, []string{want.callback}) || client.SessionLifetime != want.lifetime ||
				client.SessionIdleTimeout != 15*time.Minute || client.AuthMethod != idp.AuthBasic || len(client.Secrets) != 0 {
				t.Errorf("%s: %+v", app, client)
			}
		}
	})
}

func TestOwnAppsFollowTheIssuerAndKeepWhatAPSChose(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.must(w.RegisterOwnApps(ctx, issuer(t, "https://id.example"), w.now))
		_, err := w.EditClient(ctx, by(riley), idp.AppAccount, directory.ClientEdit{Version: 1, SessionIdleTimeout: to(5 * time.Minute)}, w.now)
		w.must(err)
		w.fresh()
		w.must(w.RegisterOwnApps(ctx, issuer(t, "https://id.example"), w.now))
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("nothing to do left %+v", left)
		}
		w.must(w.RegisterOwnApps(ctx, issuer(t, "https://login.example"), w.now))
		if left := w.fresh(); len(left) != 3 || left[0].Type != idp.EventClientUpdated {
			t.Errorf("events %+v", left)
		}
		account, err := w.store.FindClient(ctx, idp.AppAccount)
		w.must(err)
		if account.RedirectURIs[0] != "https://login.example/account/callback" || account.SessionIdleTimeout != 5*time.Minute {
			t.Errorf("account %+v", account)
		}
	})
}

// What would open or close the provider's own doors is not APS staff's to change.
func TestOwnAppsStayThemselves(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.must(w.RegisterOwnApps(ctx, issuer(t, "https://id.example"), w.now))
		w.fresh()
		for name, edit := range map[string]directory.ClientEdit{
			"redirect": {RedirectURIs: to([]string{"https://evil.example/cb"})}, "disable": {Disabled: to(true)},
			"share": {SignOnGroup: to("practice-apps")}, "scopes": {Scopes: to([]string{"openid", "users:write"})},
		} {
			edit.Version = 1
			_, err := w.EditClient(ctx, by(riley), idp.AppSupport, edit, w.now)
			w.refusedWith(name, err, idp.CodeForbidden, "part of APS ID")
			w.left(name, idp.EventClientUpdated, "own_app")
		}
		_, err := w.EditClient(ctx, by(riley), idp.AppSupport, directory.ClientEdit{Version: 1, SessionIdleTimeout: to(time.Duration(0))}, w.now)
		wantField(t, err, "session_idle_timeout")
		_, _, err = w.AddSecret(ctx, by(riley), idp.AppSupport, time.Time{}, time.Time{}, w.now)
		wantField(t, err, "client_id")
		for _, app := range []idp.ClientID{idp.AppSupport, idp.AppAccount} {
			w.refusedWith("for a practice", w.AddApp(ctx, by(riley), practiceX, app, w.now), idp.CodeNotFound, "")
		}
	})
}
