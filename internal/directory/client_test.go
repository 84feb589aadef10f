package directory_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func machine(practice idp.PracticeID) directory.NewClient {
	return directory.NewClient{Registration: idp.Registration{ID: "fusesign", Name: "FuseSign", Kind: idp.ClientMachine, PracticeID: practice, Scopes: []string{"documents.read"}}}
}

func web() directory.NewClient {
	return directory.NewClient{
		Registration: idp.Registration{
			ID: "timesheets", Name: "Cloud Timesheets", Kind: idp.ClientWeb, RedirectURIs: []string{"https://t.example/cb"},
			Scopes: []string{"openid", "profile"},
		},
	}
}

func TestSecretIsShownOnceAndStoredAsHash(t *testing.T) {
	s, store := open(t)
	_, secret, err := s.RegisterClient(t.Context(), shell, web(), now())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := store.FindClient(t.Context(), "timesheets")
	if err != nil {
		t.Fatal(err)
	}
	if len(secret.Reveal()) < 43 || len(stored.Secrets) != 1 || stored.Secrets[0].Hash != secret.Hash() {
		t.Errorf("stored %+v", stored.Secrets)
	}
	if stored.AuthMethod != idp.AuthSecret || stored.IDTokenAlg != "RS256" || stored.Profile != idp.ProfileDefault {
		t.Errorf("defaults %+v", stored)
	}
	if _, _, err := s.RegisterClient(t.Context(), shell, web(), now()); idp.CodeOf(err) != idp.CodeConflict {
		t.Errorf("registered twice: %v", err)
	}
}

func TestRedirectURIsThatAreRefused(t *testing.T) { // ABUSE 5
	s, _ := open(t)
	for _, uri := range []string{
		"", "/cb", "//t.example/cb", "http://t.example/cb", "http://127.0.0.1/cb", "https://t.example/cb#x", "https://t.example/cb#",
		"https://u@t.example/cb", "https://u:p@t.example/cb", "https://*.t.example/cb", "https://t.example/a/../cb", "https://t.example/%2e%2e/cb",
		"https://t.example/c b", "https://t.example\\@evil.example/cb", "https://t.example/cb\r\nX: y", "javascript:alert(1)", "data:text/html,x",
		"com.example.app:/cb", "https:///cb", "https:t.example", "https://t.example/\u202ecb",
	} {
		c := web()
		c.RedirectURIs = []string{"https://t.example/cb", uri}
		_, _, err := s.RegisterClient(t.Context(), shell, c, now())
		wantField(t, err, "redirect_uris/1")
	}
}

func TestNativeAppsMayUseLoopbackAndTheirOwnScheme(t *testing.T) {
	s, _ := open(t)
	_, secret, err := s.RegisterClient(t.Context(), shell, directory.NewClient{
		Registration: idp.Registration{
			ID: "desktop", Name: "Desktop", Kind: idp.ClientNative, Scopes: []string{"openid"},
			RedirectURIs: []string{"http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb", "com.example.app://callback", "com.example.app://callback/done", "https://t.example/cb"},
		},
	}, now())
	if err != nil {
		t.Fatal(err)
	}
	if !secret.IsZero() {
		t.Error("a public client got a secret")
	}
}

func inPage() directory.NewClient {
	return directory.NewClient{Registration: idp.Registration{
		ID: "rota", Name: "Rota", Kind: idp.ClientBrowser, RedirectURIs: []string{"https://rota.example/"},
		AllowedOrigins: []string{"https://rota.example", "https://stage.rota.example:8443"},
		Scopes:         []string{"openid", "profile", "offline_access"}, RefreshTokens: true,
	}}
}

func TestAppsInAPageArePublic(t *testing.T) {
	s, store := open(t)
	made, secret, err := s.RegisterClient(t.Context(), shell, inPage(), now())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := store.FindClient(t.Context(), "rota")
	if err != nil {
		t.Fatal(err)
	}
	if stored.AuthMethod != idp.AuthNone || !secret.IsZero() || len(stored.Secrets) > 0 || !slices.Equal(stored.Origins(), inPage().AllowedOrigins) {
		t.Errorf("%+v", stored)
	}
	if _, _, err := s.AddSecret(t.Context(), shell, made.ID, time.Time{}, time.Time{}, now()); idp.CodeOf(err) != idp.CodeInvalid {
		t.Errorf("an app in a page got a secret: %v", err)
	}
	for field, change := range map[string]func(*directory.NewClient){
		"auth_method":                 func(c *directory.NewClient) { c.AuthMethod = idp.AuthSecret },
		"secret":                      func(c *directory.NewClient) { c.Secret = idp.RandomSecret(32) },
		"public_keys":                 func(c *directory.NewClient) { c.AuthMethod, c.PublicKeys = idp.AuthNone, "{}" },
		"pkce_optional":               func(c *directory.NewClient) { c.PKCEOptional = true },
		"pkce_required":               func(c *directory.NewClient) { c.PKCERequired = true },
		"backchannel_logout_uri":      func(c *directory.NewClient) { c.BackchannelLogoutURI = "https://rota.example/logout" },
		"practice_id":                 func(c *directory.NewClient) { c.PracticeID = "prc_x" },
		"redirect_uris/0":             func(c *directory.NewClient) { c.RedirectURIs = []string{"com.example.rota://callback"} },
		"redirect_uris/1":             func(c *directory.NewClient) { c.RedirectURIs = append(c.RedirectURIs, "http://127.0.0.1:5173/") },
		"post_logout_redirect_uris/0": func(c *directory.NewClient) { c.PostLogoutRedirectURIs = []string{"http://rota.example/"} },
		"allowed_origins": func(c *directory.NewClient) {
			c.AllowedOrigins = nil
			for port := range 21 {
				c.AllowedOrigins = append(c.AllowedOrigins, "https://rota.example:"+strconv.Itoa(1000+port))
			}
		},
	} {
		c := inPage()
		c.ID = "other"
		change(&c)
		_, _, err := s.RegisterClient(t.Context(), shell, c, now())
		wantField(t, err, field)
	}
	for kind, change := range map[string]func(*directory.NewClient){
		"web":    func(c *directory.NewClient) { *c = web() },
		"native": func(c *directory.NewClient) { c.Kind = idp.ClientNative },
	} {
		c := inPage()
		change(&c)
		c.ID, c.AllowedOrigins = "other", inPage().AllowedOrigins
		_, _, err := s.RegisterClient(t.Context(), shell, c, now())
		wantField(t, err, "allowed_origins")
		if t.Failed() {
			t.Fatal(kind)
		}
	}
}

// ABUSE 62: what a browser never sends would never be let in, and what is more than one origin would let in too much.
func TestOriginsThatAreRefused(t *testing.T) {
	s, _ := open(t)
	for _, origin := range []string{
		"", "*", "null", "rota.example", "//rota.example", "https://", "https://rota.example/", "https://rota.example/app", "https://rota.example?x",
		"https://rota.example#", "https://*.rota.example", "https://rota.example:*", "https://Rota.example", "HTTPS://rota.example",
		"https://rota.example:443", "https://rota.example:0443", "https://rota.example:", "https://rota.example:99999", "https://u@rota.example",
		"https://rota.example https://evil.example", "https://rota.example, https://evil.example", " https://rota.example", "https://r\u00f8ta.example",
		"http://rota.example", "http://127.0.0.1:5173", "com.example.rota://", "file://", "chrome-extension://abcdef", "https://rota.example\r\nX: y",
		"https://" + strings.Repeat("x", 2000) + ".example",
	} {
		c := inPage()
		c.AllowedOrigins = []string{"https://rota.example", origin}
		_, _, err := s.RegisterClient(t.Context(), shell, c, now())
		wantField(t, err, "allowed_origins/1")
		if t.Failed() {
			t.Fatalf("%q", origin)
		}
	}
}

func TestMachineStaysAMachine(t *testing.T) { // ABUSE 36
	s, _ := open(t)
	p := practice(t, s, "One")
	for field, change := range map[string]func(*directory.NewClient){
		"practice_id":   func(c *directory.NewClient) { c.PracticeID = "" },
		"redirect_uris": func(c *directory.NewClient) { c.RedirectURIs = []string{"https://t.example/cb"} },
		"scopes":        func(c *directory.NewClient) { c.Scopes = []string{"openid"} },
		"auth_method":   func(c *directory.NewClient) { c.AuthMethod = idp.AuthNone },
		"client_id":     func(c *directory.NewClient) { c.ID = "usr_abc" },
		"sign_on_group": func(c *directory.NewClient) { c.SignOnGroup = "practice" },
		"secret":        func(c *directory.NewClient) { c.Secret = idp.NewSecret("short") },
	} {
		c := machine(p.ID)
		change(&c)
		_, _, err := s.RegisterClient(t.Context(), shell, c, now())
		wantField(t, err, field)
	}
	c := machine(p.ID)
	c.Scopes = []string{"offline_access"}
	_, _, err := s.RegisterClient(t.Context(), shell, c, now())
	wantField(t, err, "scopes")
	c = machine("prc_none")
	if _, _, err := s.RegisterClient(t.Context(), shell, c, now()); idp.CodeOf(err) != idp.CodeNotFound {
		t.Errorf("unknown practice: %v", err)
	}
}

func TestAppsThatAreRefused(t *testing.T) {
	s, _ := open(t)
	for field, change := range map[string]func(*directory.NewClient){
		"practice_id":                 func(c *directory.NewClient) { c.PracticeID = "prc_x" },
		"redirect_uris":               func(c *directory.NewClient) { c.RedirectURIs = nil },
		"auth_method":                 func(c *directory.NewClient) { c.AuthMethod = idp.AuthNone; c.Secret = idp.Secret{} },
		"scopes":                      func(c *directory.NewClient) { c.RefreshTokens = true },
		"pkce_required":               func(c *directory.NewClient) { c.PKCERequired, c.PKCEOptional = true, true },
		"token_endpoint_audience":     func(c *directory.NewClient) { c.TokenEndpointAudience = true },
		"allowed_origins":             func(c *directory.NewClient) { c.AllowedOrigins = []string{"https://a.example"} },
		"identifier":                  func(c *directory.NewClient) { c.Identifier = "https://a.example" },
		"refresh_grace":               func(c *directory.NewClient) { c.RefreshGrace = time.Minute + 1 },
		"id_token_alg":                func(c *directory.NewClient) { c.IDTokenAlg = "none" },
		"session_lifetime":            func(c *directory.NewClient) { c.SessionLifetime = 1 << 62 },
		"post_logout_redirect_uris/0": func(c *directory.NewClient) { c.PostLogoutRedirectURIs = []string{"http://evil.example"} },
		"initiate_login_uri":          func(c *directory.NewClient) { c.InitiateLoginURI = "http://evil.example" },
		"backchannel_logout_uri":      func(c *directory.NewClient) { c.BackchannelLogoutURI = "http://127.0.0.1/logout" }, // ABUSE 13
		"sign_on_group":               func(c *directory.NewClient) { c.SignOnGroup = "Practice apps" },
		"kind":                        func(c *directory.NewClient) { c.Kind = "robot" },
	} {
		c := web()
		change(&c)
		_, _, err := s.RegisterClient(t.Context(), shell, c, now())
		wantField(t, err, field)
	}
}

func TestRegistrationIsReplaced(t *testing.T) {
	s, store := open(t)
	first, secret, err := s.RegisterClient(t.Context(), shell, web(), now())
	if err != nil {
		t.Fatal(err)
	}
	changed := web()
	changed.RedirectURIs = []string{"https://t.example/other"}
	changed.ID, changed.Kind, changed.PracticeID = "another", idp.ClientMachine, "prc_x" // none of these can change
	if _, err := s.UpdateClient(t.Context(), shell, first, changed, now()); err != nil {
		t.Fatal(err)
	}
	stored, err := store.FindClient(t.Context(), "timesheets")
	if err != nil {
		t.Fatal(err)
	}
	if stored.RedirectURIs[0] != "https://t.example/other" || stored.Kind != idp.ClientWeb || stored.Secrets[0].Hash != secret.Hash() {
		t.Errorf("stored %+v", stored)
	}
	if _, err := s.UpdateClient(t.Context(), shell, first, changed, now()); idp.CodeOf(err) != idp.CodeConflict {
		t.Errorf("from an old copy: %v", err)
	}
	changed.RedirectURIs = []string{"http://evil.example/"}
	_, err = s.UpdateClient(t.Context(), shell, stored, changed, now())
	wantField(t, err, "redirect_uris/0")
	changed.RedirectURIs, changed.Secret = stored.RedirectURIs, idp.RandomSecret(32)
	if _, err := s.UpdateClient(t.Context(), shell, stored, changed, now()); err != nil {
		t.Fatal(err)
	}
	stored, err = store.FindClient(t.Context(), "timesheets")
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Secrets) != 1 || stored.Secrets[0].Hash != changed.Secret.Hash() {
		t.Errorf("the old secret still works: %+v", stored.Secrets)
	}
}

const publicKeys = `{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`

func TestClientsMayAuthenticateByKey(t *testing.T) { // ABUSE 9
	inTown(t, func(t *testing.T, w *town) {
		ctx, n := t.Context(), registered()
		n.PublicKeys = publicKeys
		client, secret, err := w.RegisterClient(ctx, by(riley), n, w.now)
		w.must(err)
		if client.AuthMethod != idp.AuthKey || !secret.IsZero() || len(client.Secrets) != 0 {
			t.Errorf("registered %+v", client)
		}
		_, _, err = w.AddSecret(ctx, by(riley), client.ID, time.Time{}, time.Time{}, w.now)
		wantField(t, err, "client_id") // one way of authentication
		for field, change := range map[string]func(*directory.NewClient){
			"public_keys": func(n *directory.NewClient) { n.PublicKeys = `{"keys":[]}` },
			"secret":      func(n *directory.NewClient) { n.Secret = idp.RandomSecret(32) },
		} {
			n := n
			n.ID = "bgl"
			change(&n)
			_, _, err := w.RegisterClient(ctx, by(riley), n, w.now)
			wantField(t, err, field)
		}
		n.ID, n.AuthMethod = "bgl", idp.AuthBasic
		_, _, err = w.RegisterClient(ctx, by(riley), n, w.now)
		wantField(t, err, "public_keys")
		w.fresh()
		other := strings.Replace(publicKeys, "k1", "k2", 1)
		edited, err := w.EditClient(ctx, by(riley), client.ID, directory.ClientEdit{Version: 1, PublicKeys: &other}, w.now)
		w.must(err)
		if e := w.left("edit", idp.EventClientUpdated, ""); edited.PublicKeys != other || !strings.Contains(e.Details["public_keys"], "sha-256") {
			t.Errorf("edited %+v, %v", edited, e.Details)
		}
		none := ""
		_, err = w.EditClient(ctx, by(riley), client.ID, directory.ClientEdit{Version: 2, PublicKeys: &none}, w.now)
		wantField(t, err, "public_keys")
	})
}

// A registration with many mistakes names them all, each at its field, and registers nothing.
func TestAllMistakesOfARegistrationAtOnce(t *testing.T) {
	s, store := open(t)
	n := web()
	n.ID, n.IDTokenAlg, n.Profile, n.SessionLifetime, n.PKCERequired, n.PKCEOptional = "Rota App", "HS256", "none", 25*time.Hour, true, true
	n.RedirectURIs = []string{"https://rota.example/back", "http://rota.example/back", "https://rota.example/*#x"}
	n.PostLogoutRedirectURIs, n.BackchannelLogoutURI, n.Scopes = []string{"rota"}, "ftp://rota.example", []string{"profile"}
	n.Secret = idp.NewSecret("short")
	_, _, err := s.RegisterClient(t.Context(), shell, n, now())
	var wrong *idp.Error
	if !errors.As(err, &wrong) || idp.CodeOf(err) != idp.CodeInvalid {
		t.Fatalf("%v", err)
	}
	var fields []string
	for _, each := range append([]*idp.Error{wrong}, wrong.Also...) {
		fields = append(fields, each.Field)
		if each.Public == "" || len(each.Also) > 0 && each != wrong {
			t.Errorf("%+v", each)
		}
	}
	slices.Sort(fields)
	want := []string{"backchannel_logout_uri", "client_id", "id_token_alg", "pkce_required", "post_logout_redirect_uris/0", "profile",
		"redirect_uris/1", "redirect_uris/2", "scopes", "secret", "session_lifetime"}
	if !slices.Equal(fields, want) {
		t.Errorf("fields %v, want %v", fields, want)
	}
	if _, err := store.FindClient(t.Context(), n.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("stored: %v", err)
	}
}
