// Package rp is what an APS app embeds to let people sign in with APS ID: the login, callback and logout paths, a session
// of the app's own in a cookie, and a middleware that sends people to sign in and back to the page they were on.
//
// A sign-in is the authorization code flow with PKCE (RFC 7636, S256 only), a `state` and a `nonce` of its own, all three
// derived from a value in a cookie of the browser that started it, so that nothing is stored before somebody has signed in
// and a link started in one browser cannot be finished in another (RFC 9700, section 2.1 and 4.7). The `iss` parameter of the
// answer is required (RFC 9207). ID tokens are verified by github.com/coreos/go-oidc.
//
// It never sees a password or a code, never trusts a value that came through the browser unverified, and never redirects
// anywhere but to the provider and to paths of the app itself. Of APS ID it imports pkg/apsid only.
package rp
