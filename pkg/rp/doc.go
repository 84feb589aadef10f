// Package rp is what an APS app embeds to let people sign in with APS ID:
//
//	app, err := rp.New(rp.Config{
//		Issuer: "https://id.example", ClientID: "timesheets", ClientSecret: secret,
//		RedirectURL: "https://timesheets.example/auth/callback", PostLogoutURL: "https://timesheets.example/",
//		Store: store, // for more than one process: package redisstore
//	})
//	…
//	mux.Handle("/", app.Require(pages))                    // rp.SessionFrom(ctx) says who it is
//	mux.Handle("/bank", app.RequireACR(apsid.ACRMFA, bank)) // only with MFA; apsid.ACRPhishingResistant: only with a passkey
//	http.Server{Handler: app.Handler(mux)}
//
// and on each page <script src="/auth/session.js" defer></script> (App.ScriptPath). Register, beside the redirect URI,
// /auth/login as initiate_login_uri, /auth/backchannel-logout as backchannel_logout_uri, and refresh tokens.
//
// # Signing in
//
// A sign-in is the authorization code flow with PKCE (RFC 7636, S256 only), a `state` and a `nonce` of its own, all three
// derived from a value in a cookie of the browser that started it, so that nothing is stored before a person has signed in
// and a link started in one browser cannot be finished in another (RFC 9700, section 2.1 and 4.7). The `iss` parameter of the
// answer is required (RFC 9207). ID tokens are verified by github.com/coreos/go-oidc, and are for this app alone. The provider's
// endpoints are https, lead nowhere else, and have 256 KiB for an answer. People come back to the page they were
// on; a person other than the one last signed in in this browser comes to the app's home.
//
// # Below a path
//
// An app that a proxy reaches at https://host/app/, taking "/app" off each request, sets Prefix to it: the app's handlers go on serving
// "/", and everything that this package tells browsers and the provider names the path below /app. An app whose handlers get the whole
// path needs no Prefix. Links in the app's own pages are its own to write. Cookies belong to the host and not to the path, as the prefix
// __Host- asks: apps below one host share an origin, and are to trust each other.
//
// # Without a secret
//
// An app that is registered for private_key_jwt has a ClientKey in place of the ClientSecret, and signs an assertion for every call to
// the token and revocation endpoints (RFC 7523): for codes, refresh tokens, and sessions that another sign-in replaces.
//
//	key, err := rp.ParseClientKey(text) // PEM or a JWK; one that can't be read from a file is rp.ClientKey{Signer: …, ID: …}
//	key.ID = "2026-01"                  // the `kid` under which its public half is registered
//
// # Inactivity
//
// Only a person keeps a session alive: their input on a page, which the script tells (POST /auth/activity), and pages that they
// open by hand, which a browser says of a request (Sec-Fetch-User: ?1), so that an app without the script works too. Requests
// of scripts, pages that reload themselves, polls and refreshed tokens never count. The provider is told with the session's
// access token, at most once a minute, or four times within the limit of inactivity: a person who is active is kept under the shortest
// limit there is, one minute.
//
// The session ends in the app when it ends at the provider: at the end of its lifetime or of its inactivity, which the app
// knows; by back-channel logout; and at the latest when a refresh is refused. Tokens are refreshed on requests, the script's
// polls included. A refresh token is used once, however many requests in however many processes need it. While the provider is
// away sessions go on until their own end, and new sign-ins are told so. A process that is killed between a refresh and its Store
// loses that one session at the next refresh: the person signs in again.
//
// # The page
//
// The script warns before the end, lets the person stay, and once the session is over covers the page and keeps what was typed
// on it: signing in again in the tab that it opens uncovers it for the same person, and for no one else. Should the page be
// loaded anew instead, what was typed is put back for the same person: it waits in the tab's storage, sealed with a key that
// the app gives to that person only. Fields of type password, file and hidden, and those within data-aps-keep="no", are left out.
//
// What a page keeps beside its form may be of the former session: a token against forgery, say. The script dispatches
// "aps:signed-out" and "aps:signed-in" on document for the page to stop what it does, and to renew what it needs.
//
// It never sees a password or a code, never trusts a value that came through the browser unverified, and never redirects
// anywhere but to the provider and to paths of the app itself. Of APS ID it imports pkg/apsid only.
package rp
