// Package stockclients has OpenID Connect clients that other people wrote sign in at the real program.
//
// It owns a sample app for each library, as few lines as the library's own documentation shows, set up with nothing but issuer,
// client ID, secret and redirect URI. Each lies in a folder of its own below that of its language, beside its registration
// (apsid.yaml). The tests build cmd/apsid, register every sample with "apsid apply", run "apsid serve" behind a proxy that speaks
// TLS, and look at the pages: the app shows the person's name, refreshes, signs out and takes back-channel logouts, as far as its
// library can. The pages of deploy/docs/quickstarts hold the same samples, word for word.
//
// It is tests only, and nothing imports it. A sample is never bent to pass: what a stock client does by default has to work.
package stockclients
