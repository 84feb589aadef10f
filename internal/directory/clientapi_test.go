package directory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

func api() directory.NewClient {
	return directory.NewClient{Registration: idp.Registration{
		ID: "rota-api", Name: "Rota", Kind: idp.ClientAPI, Identifier: "https://rota.example/api", Scopes: []string{"rota.read", "rota.write"},
	}}
}

func TestAnAPIHasASecretToAskWith(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		client, secret, err := w.RegisterClient(t.Context(), by(riley), api(), w.now)
		w.must(err)
		if secret.IsZero() || client.AuthMethod != idp.AuthSecret || client.Identifier != "https://rota.example/api" || client.IDTokenAlg != "RS256" {
			t.Errorf("registered as %+v", client.Registration)
		}
		edit := directory.ClientEdit{Version: client.Version, Identifier: to("https://rota.example/v2"), Scopes: to([]string{"rota.read"})}
		edited, err := w.EditClient(t.Context(), by(riley), client.ID, edit, w.now)
		w.must(err)
		if edited.Identifier != "https://rota.example/v2" || len(edited.Scopes) != 1 {
			t.Errorf("edited to %+v", edited.Registration)
		}
	})
}

func TestIdentifiersOfAPIsThatAreRefused(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, identifier := range []string{
			"", "/api", "rota", "urn:aps:api", "http://rota.example/api", "http://127.0.0.1:8080", "https://rota.example/api#", "https://rota.example/api#x",
			"https://rota.example/api?v=2", "https://rota.example/api?", "https://u@rota.example", "https:///api", "https:rota.example",
			"https://Rota.example/api", "HTTPS://rota.example/api", "https://rota.example:443/api", "https://id.example", "https://id.example/api", "https://rota.example:/api",
			"https://rota.example/a/../api", "https://rota.example/%2e%2e/api", "https://*.example/api", "https://rota.example/a b", "https://rota.example/\u202eipa",
			"https://rota.example/" + strings.Repeat("a", 2000),
		} {
			n := api()
			n.Identifier = identifier
			wantField(t, w.CheckClient(n, idp.Client{}, w.now), "identifier")
		}
		for _, identifier := range []string{"https://rota.example", "https://rota.example/", "https://rota.example:8443/api/v1", "https://10.0.0.7/api"} {
			n := api()
			n.Identifier = identifier
			w.must(w.CheckClient(n, idp.Client{}, w.now))
		}
	})
}

func TestAPIsThatAreRefused(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for field, change := range map[string]func(*directory.NewClient){
			"auth_method":             func(n *directory.NewClient) { n.AuthMethod = idp.AuthNone },
			"public_keys":             func(n *directory.NewClient) { n.AuthMethod = idp.AuthKey },
			"secret":                  func(n *directory.NewClient) { n.Secret = idp.NewSecret("short") },
			"access":                  func(n *directory.NewClient) { n.Access = idp.AccessStaff },
			"profile":                 func(n *directory.NewClient) { n.Profile = idp.ProfileGovernmentConnected },
			"token_endpoint_audience": func(n *directory.NewClient) { n.TokenEndpointAudience = true },
			"client_id":               func(n *directory.NewClient) { n.ID = "https://rota.example/api" },
		} {
			n := api()
			change(&n)
			wantField(t, w.CheckClient(n, idp.Client{}, w.now), field)
		}
		for _, scopes := range [][]string{
			nil, {"rota.read", "openid"}, {"offline_access"}, {"profile", "rota.read"}, {"email"}, {"users:read", "rota.read"}, {"rota read"},
		} {
			n := api()
			n.Scopes = scopes
			wantField(t, w.CheckClient(n, idp.Client{}, w.now), "scopes")
		}
		n := web()
		n.Identifier = "https://t.example"
		wantField(t, w.CheckClient(n, idp.Client{}, w.now), "identifier")
	})
}

// A field that this list does not name is for apps and integrations alone.
func TestAPIsHaveNothingOfAppsAndIntegrations(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.must(w.CheckClient(api(), idp.Client{}, w.now))
		may := []string{"ID", "Name", "Kind", "AuthMethod", "Scopes", "IDTokenAlg", "Profile", "TokenEndpointAudience", "PublicKeys", "Identifier", "PartOf", "Exchanges"}
		for _, name := range testenv.Fields[idp.Registration]() {
			if slices.Contains(may, name) {
				continue
			}
			n := api()
			testenv.Fill(t, testenv.Field(&n, name))
			if err := w.CheckClient(n, idp.Client{}, w.now); idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("an API may have %s: %v", name, err)
			}
		}
	})
}

// ABUSE 10: two APIs that share an identifier would take each other's tokens; with a scope in common, an app that lists it for the one could ask for
// the other.
func TestNoTwoAPIsCanBeConfused(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		first, _, err := w.RegisterClient(t.Context(), by(riley), api(), w.now)
		w.must(err)
		for field, change := range map[string]func(*directory.NewClient){
			"identifier": func(n *directory.NewClient) { n.Scopes = []string{"pay.read"} },
			"scopes":     func(n *directory.NewClient) { n.Identifier = "https://pay.example" },
		} {
			n := api()
			n.ID = "pay-api"
			change(&n)
			_, _, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
			wantConflict(t, err, field)
		}
		other := api()
		other.ID, other.Identifier, other.Scopes = "pay-api", "https://pay.example", []string{"pay.read"}
		second, _, err := w.RegisterClient(t.Context(), by(riley), other, w.now)
		w.must(err)
		for field, edit := range map[string]directory.ClientEdit{
			"identifier": {Version: second.Version, Identifier: to(first.Identifier)},
			"scopes":     {Version: second.Version, Scopes: to([]string{"pay.read", "rota.write"})},
		} {
			_, err := w.EditClient(t.Context(), by(riley), second.ID, edit, w.now)
			wantConflict(t, err, field)
		}
		stored, err := w.store.FindClient(t.Context(), second.ID)
		w.must(err)
		if stored.Version != second.Version {
			t.Errorf("an edit that was refused changed it: %+v", stored.Registration)
		}
	})
}

func wantConflict(t *testing.T, err error, field string) {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) || e.Code != idp.CodeConflict || e.Field != field || e.Public == "" {
		t.Errorf("got %v, want a conflict of %s", err, field)
	}
}

// No practice enables an API, and no person enters it.
func TestAPIsAreNoApps(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		client, _, err := w.RegisterClient(t.Context(), by(riley), api(), w.now)
		w.must(err)
		if err := w.AddApp(t.Context(), by(riley), practiceX, client.ID, w.now); idp.CodeOf(err) != idp.CodeNotFound {
			t.Errorf("a practice enables it: %v", err)
		}
	})
}
