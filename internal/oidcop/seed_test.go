package oidcop_test

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// seed registers the clients, one practice with MFA (ana), one without (ben, bea).
func (h *house) seed() {
	h.t.Helper()
	ctx := context.Background()
	err := h.sql.InTx(ctx, func(tx *sqlstore.Tx) error {
		for _, p := range []idp.Practice{
			{ID: "prc_mfa", PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch"}, MFA: idp.MFAActive},
			{ID: "prc_free", PracticeDetails: idp.PracticeDetails{Name: "Kauri Lane"}, MFA: idp.MFAOff},
		} {
			p.Kind, p.State, p.Region, p.TimeZone = idp.PracticeCustomer, idp.PracticeActive, idp.RegionNZ, "Pacific/Auckland"
			p.Apps = []idp.ClientID{"books", "contacts", "lodgements", "loopback", "opaque", "payroll", "rota", "rs", "stage", "timesheets", "vault"}
			p.CreatedAt, p.UpdatedAt, p.Version = h.clock.read(), h.clock.read(), 1
			if err := tx.CreatePractice(ctx, p); err != nil {
				return err
			}
		}
		for id, practice := range map[idp.UserID]idp.PracticeID{"usr_ana": "prc_mfa", "usr_ben": "prc_free", "usr_bea": "prc_free"} {
			err := tx.CreateUser(ctx, idp.User{
				ID: id, PracticeID: practice, Username: string(id) + "@example.com", Name: "Name of " + string(id), State: idp.UserActive,
				CreatedAt: h.clock.read(), UpdatedAt: h.clock.read(), Version: 1,
			})
			if err != nil {
				return err
			}
		}
		for _, c := range registrations() {
			c.Name, c.CreatedAt, c.UpdatedAt, c.Version = string(c.ID), h.clock.read(), h.clock.read(), 1
			if c.Profile == "" {
				c.Profile = idp.ProfileDefault
			}
			slices.Sort(c.Scopes)
			if err := tx.CreateClient(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func registrations() []idp.Client {
	app := idp.Client{
		Registration: idp.Registration{
			Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, IDTokenAlg: "ES256",
			Scopes: []string{"openid", "profile", "email", "offline_access"}, RefreshTokens: true,
		},
		Secrets: []idp.ClientSecret{{Hash: idp.HashToken(secret)}},
	}
	at := func(c idp.Client, id idp.ClientID) idp.Client {
		c.ID = id
		c.RedirectURIs = []string{"https://" + string(id) + ".example/cb"}
		c.PostLogoutRedirectURIs = []string{"https://" + string(id) + ".example/bye"}
		c.InitiateLoginURI = "https://" + string(id) + ".example/login"
		return c
	}
	timesheets, contacts, rs, opaque := at(app, "timesheets"), at(app, "contacts"), at(app, "rs"), at(app, "opaque")
	timesheets.RedirectURIs = append(timesheets.RedirectURIs, "https://timesheets.example/cb?app=1")
	contacts.AuthMethod, contacts.PKCEOptional, contacts.RefreshTokens, contacts.InitiateLoginURI = idp.AuthPost, true, false, ""
	rs.IDTokenAlg, opaque.ReferenceTokens = "RS256", true
	native := idp.Client{
		Registration: idp.Registration{
			ID: "loopback", Kind: idp.ClientNative, AuthMethod: idp.AuthNone, IDTokenAlg: "ES256", Scopes: []string{"openid", "profile"},
			RedirectURIs: []string{"http://127.0.0.1/cb", "http://[::1]/cb", "com.aps.app:/cb"},
		},
	}
	rota, stage := at(page(app), "rota"), at(page(app), "stage")
	stage.AllowedOrigins = []string{"https://stage.example:8443", "https://stage.example"}
	disabled := at(app, "disabled")
	disabled.Disabled = true
	machine := idp.Client{
		Registration: idp.Registration{
			ID: "fusesign", Kind: idp.ClientMachine, AuthMethod: idp.AuthBasic,
			IDTokenAlg: "ES256", Scopes: []string{"documents.read", "documents.write"}, PracticeID: "prc_mfa",
		},
		Secrets: []idp.ClientSecret{{Hash: idp.HashToken(secret)}},
	}
	greedy := machine // its registration is wrong; the surface must not follow it
	greedy.ID, greedy.RefreshTokens = "greedy", true
	greedy.Scopes = []string{"documents.read", "offline_access", "openid"}
	greedy.RedirectURIs = []string{"https://greedy.example/cb"}
	return append(group(at, app), timesheets, contacts, rs, opaque, rota, stage, native, disabled, machine, greedy)
}

// page is an app that runs in one.
func page(app idp.Client) idp.Client {
	app.Kind, app.AuthMethod, app.Secrets, app.SessionIdleTimeout = idp.ClientBrowser, idp.AuthNone, nil, 15*time.Minute
	return app
}

// group is three apps that share a sign-in, one of them connected to a government system, and one beside them that idles out
// and shares with no other app.
func group(at func(idp.Client, idp.ClientID) idp.Client, app idp.Client) []idp.Client {
	books, payroll, lodgements, vault := at(app, "books"), at(app, "payroll"), at(app, "lodgements"), at(app, "vault")
	lodgements.Profile, vault.Profile = idp.ProfileGovernmentConnected, idp.ProfileGovernmentConnected
	payroll.SessionLifetime = 8 * time.Hour
	list := []idp.Client{books, payroll, lodgements, vault}
	for i := range list {
		list[i].BackchannelLogoutURI = "https://" + string(list[i].ID) + ".example/backchannel"
		if list[i].ID != "vault" {
			list[i].SignOnGroup = "compliance"
		}
	}
	return list
}
