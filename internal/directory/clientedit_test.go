package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/testenv"
)

// integration registers one of practice x, as APS does.
func (w *town) integration() idp.Client {
	w.t.Helper()
	client, _, err := w.RegisterClient(w.t.Context(), by(riley), registered(), w.now)
	w.must(err)
	w.fresh()
	return client
}

// registered is an integration that says what the register asks for.
func registered() directory.NewClient {
	n := machine(practiceX)
	n.Owner, n.Purpose, n.ReviewAt = "Olivia Finch", "Signs documents with our clients.", now().AddDate(1, 0, 0)
	return n
}

func to[T any](value T) *T { return &value }

func TestIntegrationsSayWhyTheyAreExempt(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for field, change := range map[string]func(*directory.NewClient){
			"owner":     func(n *directory.NewClient) { n.Owner = "" },
			"purpose":   func(n *directory.NewClient) { n.Purpose = "" },
			"review_at": func(n *directory.NewClient) { n.ReviewAt = time.Time{} },
		} {
			n := registered()
			change(&n)
			_, _, err := w.RegisterClient(ctx, by(riley), n, w.now)
			wantField(t, err, field)
		}
		client := w.integration()
		for field, edit := range map[string]directory.ClientEdit{
			"owner":     {Owner: to("")},
			"purpose":   {Purpose: to(" \n ")},
			"review_at": {ReviewAt: to(time.Time{})},
		} {
			edit.Version = client.Version
			_, err := w.EditClient(ctx, by(olivia), client.ID, edit, w.now)
			wantField(t, err, field)
		}
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("what was refused left %+v", left)
		}
	})
}

func TestOnlyAPSRegistersClients(t *testing.T) { // ABUSE 32, 33
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		own, other, app := registered(), registered(), web()
		other.PracticeID, app.ID = practiceY, "ledger"
		_, _, err := w.RegisterClient(ctx, by(olivia), own, w.now)
		w.refusedWith("for the own practice", err, idp.CodeForbidden, "")
		w.left("for the own practice", idp.EventClientRegistered, "no_access")
		_, _, err = w.RegisterClient(ctx, by(olivia), other, w.now)
		w.refusedWith("for another practice", err, idp.CodeNotFound, "")
		if e := w.left("for another practice", idp.EventClientRegistered, "other_practice"); e.PracticeID != practiceX || e.Details["named_practice"] != string(practiceY) {
			t.Errorf("event %+v", e)
		}
		_, _, err = w.RegisterClient(ctx, by(olivia), app, w.now)
		w.refusedWith("an app", err, idp.CodeForbidden, "")
		w.left("an app", idp.EventClientRegistered, "no_access")
	})
}

// An integration of APS that may write clients can't make itself one that may do more (ABUSE 33).
func TestIntegrationsGetNoRightsThroughEachOther(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		n := registered()
		n.ID, n.PracticeID, n.Scopes = "aps-robot", "prc_aps", []string{"clients:write"}
		robot, _, err := w.RegisterClient(ctx, by(riley), n, w.now)
		w.must(err)
		n.ID, n.Scopes = "aps-admin", []string{"mfa:reset"}
		_, _, err = w.RegisterClient(ctx, by(riley), n, w.now)
		w.must(err)
		w.fresh()
		as := directory.Caller{Actor: idp.Actor{Kind: idp.ActorClient, ID: string(robot.ID)}}
		for name, try := range map[string]func() error{
			"another one": func() error {
				n.ID = "aps-robot-2"
				_, _, err := w.RegisterClient(ctx, as, n, w.now)
				return err
			},
			"more scopes": func() error {
				_, err := w.EditClient(ctx, as, robot.ID, directory.ClientEdit{Version: 1, Scopes: to([]string{"mfa:reset"})}, w.now)
				return err
			},
			"a secret of another one": func() error {
				_, _, err := w.AddSecret(ctx, as, "aps-admin", time.Time{}, time.Time{}, w.now)
				return err
			},
		} {
			w.refusedWith(name, try(), idp.CodeForbidden, "rights")
			if left := w.fresh(); len(left) != 1 || left[0].Reason != "more_rights" || left[0].Actor != as.Actor {
				t.Errorf("%s: events %+v", name, left)
			}
		}
	})
}

func TestManagersKeepTheRegisterOnly(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		client := w.integration()
		edited, err := w.EditClient(ctx, by(uma), client.ID, directory.ClientEdit{
			Version: 1, Owner: to("Uma Rao"), ReviewAt: to(w.now.AddDate(0, 6, 0)), Disabled: to(true),
		}, w.now)
		w.must(err)
		e := w.left("keep", idp.EventClientDisabled, "")
		if !edited.Disabled || edited.Owner != "Uma Rao" || edited.Version != 2 || e.Details["owner"] != "Olivia Finch → Uma Rao" || e.Details["disabled"] != "false → true" {
			t.Errorf("edited %+v, %v", edited, e.Details)
		}
		_, err = w.EditClient(ctx, by(uma), client.ID, directory.ClientEdit{Version: 2, Disabled: to(false)}, w.now)
		w.must(err)
		w.left("enable", idp.EventClientEnabled, "")
		for name, edit := range map[string]directory.ClientEdit{
			"scopes": {Version: 3, Scopes: to([]string{"everything"})},
			"name":   {Version: 3, Name: to("Other")},
		} {
			_, err = w.EditClient(ctx, by(uma), client.ID, edit, w.now)
			w.refusedWith(name, err, idp.CodeForbidden, "Only APS")
			w.left(name, idp.EventClientUpdated, "no_access")
		}
		_, _, err = w.AddSecret(ctx, by(uma), client.ID, time.Time{}, time.Time{}, w.now)
		w.refusedWith("a secret", err, idp.CodeForbidden, "")
		w.left("a secret", idp.EventClientSecretAdded, "no_access")
		_, err = w.EditClient(ctx, by(tom), client.ID, directory.ClientEdit{Version: 3, Owner: to("Tom")}, w.now)
		w.refusedWith("nobody special", err, idp.CodeForbidden, "")
		w.left("nobody special", idp.EventClientUpdated, "no_access")
	})
}

// ABUSE 32: an integration of another practice, and an app, are as if they did not exist.
func TestIntegrationsOfOthersAreHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		client := w.integration()
		for _, id := range []idp.ClientID{client.ID, "timesheets", "nothing"} {
			for name, try := range map[string]struct {
				kind idp.EventType
				give func(context.Context) error
			}{
				"see": {idp.EventAccessRefused, func(ctx context.Context) error {
					_, err := w.FindClient(ctx, by(bob), id, w.now)
					return err
				}},
				"keep": {idp.EventClientUpdated, func(ctx context.Context) error {
					_, err := w.EditClient(ctx, by(bob), id, directory.ClientEdit{Version: 1, Owner: to("Bob")}, w.now)
					return err
				}},
			} {
				w.refusedWith(name, try.give(ctx), idp.CodeNotFound, "")
				left := w.fresh()
				if len(left) != 1 || left[0].Type != try.kind || left[0].PracticeID != practiceY || left[0].ClientID != "" ||
					left[0].Details["named_client"] != string(id) {
					t.Errorf("%s %s: events %+v", name, id, left)
				}
			}
		}
		listed, _, err := w.ListClients(ctx, by(bob), directory.ClientQuery{}, directoryPage(), w.now)
		w.must(err)
		if len(listed) != 0 {
			t.Errorf("bob sees %+v", listed)
		}
		_, _, err = w.ListClients(ctx, by(bob), directory.ClientQuery{PracticeID: practiceX}, directoryPage(), w.now)
		w.refusedWith("list of another practice", err, idp.CodeNotFound, "")
		w.left("list of another practice", idp.EventAccessRefused, "other_practice")
		_, _, err = w.ListClients(ctx, by("ghost"), directory.ClientQuery{}, directoryPage(), w.now)
		w.refusedWith("list by nobody", err, idp.CodeForbidden, "")
	})
}

// ABUSE 36: whatever is edited, an integration stays one, and an app stays one.
func TestEditsNeverMixKinds(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		client, app := w.integration(), web()
		app.ID = "ledger"
		_, _, err := w.RegisterClient(ctx, by(riley), app, w.now)
		w.must(err)
		w.fresh()
		for field, edit := range map[string]directory.ClientEdit{
			"scopes":            {Scopes: to([]string{"openid"})},
			"redirect_uris":     {RedirectURIs: to([]string{"https://t.example/cb"})},
			"sign_on_group":     {SignOnGroup: to("practice-apps")},
			"mfa_required_from": {MFARequiredFrom: to(w.now)},
			"session_lifetime":  {SessionLifetime: to(time.Hour)},
			"accent_colour":     {Accent: to("#0b5761")},
			"public_keys":       {PublicKeys: to(`{"keys":[]}`)},
		} {
			edit.Version = client.Version
			_, err := w.EditClient(ctx, by(riley), client.ID, edit, w.now)
			wantField(t, err, field)
		}
		for field, edit := range map[string]directory.ClientEdit{ // ABUSE 5, 13
			"redirect_uris/0":        {RedirectURIs: to([]string{"http://evil.example/cb"})},
			"backchannel_logout_uri": {BackchannelLogoutURI: to("http://127.0.0.1/logout")},
			"initiate_login_uri":     {InitiateLoginURI: to("javascript:alert(1)")},
			"accent_colour":          {Accent: to("#0b5761}body{background:url(//evil.example)")},
			"logo":                   {Logo: to([]byte("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"))},
			"owner":                  {Owner: to("Olivia")},
			"session_idle_timeout":   {SessionIdleTimeout: to(-time.Second)},
			"scopes":                 {Scopes: to([]string{"profile"})},
		} {
			edit.Version = 1
			_, err := w.EditClient(ctx, by(riley), app.ID, edit, w.now)
			wantField(t, err, field)
		}
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("what was refused left %+v", left)
		}
	})
}

// A limit of inactivity is long enough for an app that reports once a minute; on loopback it may be shorter, to watch it happen.
func TestTheShortestLimitOfInactivity(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := web()
		n.ID = "brief"
		for _, limit := range []time.Duration{time.Second, time.Minute, 2*time.Minute - 1} {
			n.SessionIdleTimeout = limit
			_, _, err := w.RegisterClient(t.Context(), shell, n, w.now)
			wantField(t, err, "session_idle_timeout")
			if !strings.Contains(err.Error(), "at least 120 seconds") {
				t.Errorf("%s: %v", limit, err)
			}
		}
		onLoopback := w.loopback()
		n.SessionIdleTimeout = time.Minute - 1
		_, _, err := onLoopback.RegisterClient(t.Context(), shell, n, w.now)
		wantField(t, err, "session_idle_timeout")
		n.SessionIdleTimeout = time.Minute
		_, _, err = onLoopback.RegisterClient(t.Context(), shell, n, w.now)
		w.must(err)

		// What was registered before stays as it is until that is what is changed.
		_, err = w.EditClient(t.Context(), by(riley), n.ID, directory.ClientEdit{Version: 1, Name: to("Sheets")}, w.now)
		w.must(err)
		edit := directory.ClientEdit{Version: 2, SessionIdleTimeout: to(90 * time.Second)}
		_, err = w.EditClient(t.Context(), by(riley), n.ID, edit, w.now)
		wantField(t, err, "session_idle_timeout")
		for _, limit := range []time.Duration{2 * time.Minute, 0} {
			edit.SessionIdleTimeout = to(limit)
			_, err = w.EditClient(t.Context(), by(riley), n.ID, edit, w.now)
			w.must(err)
			edit.Version++
		}
	})
}

// loopback is the service of an installation whose issuer is on loopback, on the same store.
func (w *town) loopback() *services {
	w.t.Helper()
	keys, err := seal.Generate()
	w.must(err)
	sealer, err := seal.New(keys)
	w.must(err)
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Memory: testenv.HashMemory, Wait: time.Minute})
	w.must(err)
	service, err := directory.New(directory.Config{PlainLoopback: true}, directory.Ports{
		Ledger: ledger{Store: w.store, post: w.post}, Records: w.store, Hasher: passwords, Sealer: sealer,
	})
	w.must(err)
	return servicesOf(service)
}

func TestRegistrationIsEditedFromItsNewestCopy(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		client := w.integration()
		_, err := w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: 1, Name: to("FuseSign 2")}, w.now)
		w.must(err)
		_, err = w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: 1, Name: to("FuseSign 3")}, w.now)
		w.refusedWith("old copy", err, idp.CodeConflict, "changed this")
		w.fresh()
		_, err = w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: 2, Name: to("FuseSign 2")}, w.now)
		w.must(err)
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("no change left %+v", left)
		}
	})
}

// What a caller gets back never holds a hash.
func TestClientsAreShownWithoutHashes(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		client := w.integration()
		found, err := w.FindClient(t.Context(), by(uma), client.ID, w.now)
		w.must(err)
		listed, _, err := w.ListClients(t.Context(), by(uma), directory.ClientQuery{}, directoryPage(), w.now)
		w.must(err)
		if len(listed) != 1 {
			t.Fatalf("listed %+v", listed)
		}
		for _, each := range []idp.Client{client, found, listed[0]} {
			if len(each.Secrets) != 1 || each.Secrets[0].Hash != "" || !strings.HasPrefix(each.Secrets[0].ID, "sec_") {
				t.Errorf("secrets %+v", each.Secrets)
			}
		}
	})
}

// How a client authenticates can be changed, and what it used before is worth nothing then.
func TestAClientChangesHowItAuthenticates(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		made, _, err := w.RegisterClient(t.Context(), by(riley), registered(), w.now)
		w.must(err)
		edit := func(e directory.ClientEdit) (idp.Client, error) {
			stored, err := w.store.FindClient(t.Context(), made.ID)
			w.must(err)
			e.Version = stored.Version
			_, err = w.Clients.EditClient(t.Context(), by(riley), made.ID, e, w.now)
			after, found := w.store.FindClient(t.Context(), made.ID)
			w.must(found)
			return after, err
		}
		if pinned, err := edit(directory.ClientEdit{AuthMethod: to(idp.AuthPost)}); err != nil || pinned.AuthMethod != idp.AuthPost || len(pinned.Secrets) != 1 {
			t.Errorf("pinned: %v %+v", err, pinned)
		}
		_, err = edit(directory.ClientEdit{AuthMethod: to(idp.AuthKey)})
		wantField(t, err, "public_keys")
		_, err = edit(directory.ClientEdit{AuthMethod: to(idp.AuthNone)})
		wantField(t, err, "auth_method")
		keyed, err := edit(directory.ClientEdit{AuthMethod: to(idp.AuthKey), PublicKeys: to(publicKeys)})
		if err != nil || keyed.AuthMethod != idp.AuthKey || len(keyed.Secrets) != 0 {
			t.Errorf("by key: %v %+v", err, keyed)
		}
		_, err = edit(directory.ClientEdit{AuthMethod: to(idp.AuthSecret)})
		wantField(t, err, "public_keys")
		again, err := edit(directory.ClientEdit{AuthMethod: to(idp.AuthSecret), PublicKeys: to("")})
		if err != nil || len(again.Secrets) != 0 {
			t.Errorf("by secret again: %v %+v", err, again)
		}
		_, secret, err := w.Clients.AddSecret(t.Context(), by(riley), made.ID, time.Time{}, time.Time{}, w.now)
		if err != nil || secret.IsZero() {
			t.Errorf("a new secret: %v", err)
		}
	})
}

// offline_access is all it takes for refresh tokens, at a registration and in an edit.
func TestOfflineAccessBringsRefreshTokens(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := web()
		n.ID, n.Scopes = "rota", []string{"openid", "offline_access"}
		made, _, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
		w.must(err)
		if !made.RefreshTokens {
			t.Error("registered without")
		}
		edited, err := w.Clients.EditClient(t.Context(), by(riley), made.ID, directory.ClientEdit{Version: made.Version, Scopes: to([]string{"openid"})}, w.now)
		w.must(err)
		if edited.RefreshTokens {
			t.Error("kept without the scope")
		}
		edited, err = w.Clients.EditClient(t.Context(), by(riley), made.ID, directory.ClientEdit{Version: edited.Version, Scopes: to([]string{"openid", "offline_access"})}, w.now)
		w.must(err)
		if !edited.RefreshTokens {
			t.Error("not brought back")
		}
	})
}
