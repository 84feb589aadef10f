package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func TestTheDoctorNamesAppsThatSignInWithoutPKCE(t *testing.T) { // ABUSE 4
	given, register := registry(t)
	now := time.Now()
	register("careful", time.Time{})
	register("reformed", now.Add(-31*24*time.Hour))
	register("gone", now, func(c *idp.Client) { c.Disabled = true })
	if text := said(findingsOf(t, given, "apps without PKCE")); text != "ok " {
		t.Errorf("no app signs in without PKCE: %q", text)
	}
	register("rota", now.Add(-29*24*time.Hour))
	register("passport", now, func(c *idp.Client) { c.PKCEOptional = true })
	const want = "2 signed people in without it in the last 30 days: passport (pkce_optional), rota"
	if found := findingsOf(t, given, "apps without PKCE")[0]; found.Text != want || !strings.Contains(found.Mend, "pkce_required: true") {
		t.Errorf("got %+v", found)
	}
	for i := range 30 {
		register(fmt.Sprintf("many-%02d", i), now)
	}
	if text := findingsOf(t, given, "apps without PKCE")[0].Text; !strings.HasPrefix(text, "32 signed") || !strings.HasSuffix(text, "many-19, …") {
		t.Errorf("got %q", text)
	}
}

// registry is a node with a database to register apps in.
func registry(t *testing.T) (given config.Server, register func(id string, bare time.Time, change ...func(*idp.Client))) {
	t.Helper()
	given = nodeOf(t, "http://127.0.0.1:1")
	running(t, given)
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	database, err := given.Stores.Sealed.Database.Complete()
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), database.DatabaseURL(), sealer, silent{}, sqlstore.Options{Limit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	now := time.Now()
	register = func(id string, bare time.Time, change ...func(*idp.Client)) {
		t.Helper()
		c := idp.Client{
			Registration: idp.Registration{
				ID: idp.ClientID(id), Name: "X", Kind: idp.ClientWeb, AuthMethod: idp.AuthSecret, IDTokenAlg: "RS256", Profile: idp.ProfileDefault,
				RedirectURIs: []string{"https://x.example/cb"}, Scopes: []string{"openid"},
			},
			NoPKCEAt: bare, CreatedAt: now, UpdatedAt: now, Version: 1,
		}
		for _, ch := range change {
			ch(&c)
		}
		if err := store.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.CreateClient(t.Context(), c) }); err != nil {
			t.Fatal(err)
		}
	}
	return given, register
}
