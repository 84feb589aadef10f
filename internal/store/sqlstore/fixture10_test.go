package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture10 looks at what version 10 added: apps that run in a page, APIs, and what refresh tokens are for.
func checkFixture10(t *testing.T, s *Store) {
	t.Helper()
	added := time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC)
	board, err := s.FindClient(t.Context(), "board")
	equal(t, err, board, idp.Client{
		Registration: idp.Registration{
			ID: "board", Name: "Board", Kind: idp.ClientBrowser, AuthMethod: idp.AuthNone, RedirectURIs: []string{"https://board.example/back"},
			Scopes: []string{"openid"}, IDTokenAlg: "RS256", UserinfoOnly: true, AllowedOrigins: []string{"https://board.example"},
			Profile: idp.ProfileDefault, RefreshGrace: 30 * time.Second,
		},
		CreatedAt: added, UpdatedAt: added, Version: 1,
	})
	api, err := s.FindClient(t.Context(), "rota-api")
	equal(t, err, api, idp.Client{
		Registration: idp.Registration{
			ID: "rota-api", Name: "Rota", Kind: idp.ClientAPI, AuthMethod: idp.AuthSecret, Scopes: []string{"rota.read"}, PKCEOptional: true,
			IDTokenAlg: "RS256", TokenEndpointAudience: true, Identifier: "https://rota.example/api", Profile: idp.ProfileDefault,
			RefreshGrace: idp.NoRefreshGrace,
		},
		Secrets: []idp.ClientSecret{{Hash: "ee"}}, NoPKCEAt: added, CreatedAt: added, UpdatedAt: added, Version: 1,
	})
	token, _, err := s.FindRefreshTokenHolder(t.Context(), "r_for_api")
	equal(t, err, token, idp.RefreshToken{
		Hash: "r_for_api", SID: "ses_live", ClientID: "timesheets", UserID: "usr_ada", Scopes: []string{"openid"},
		Resources: []string{"https://rota.example/api"}, Claims: `{"userinfo":{"name":null}}`,
		AuthTime: added, CreatedAt: added, ExpiresAt: added.Add(24 * time.Hour),
	})
}
