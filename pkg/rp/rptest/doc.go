// Package rptest is a provider for the tests of an app that is built on package rp: a complete sign-in over HTTP on loopback,
// in which no one types a password. The test says who signs in:
//
//	provider := rptest.New(t)
//	app, err := rp.New(provider.Config(server.URL + "/auth/callback"))
//	provider.SignIn("usr_mia", map[string]any{"name": "Mia", "acr": apsid.ACRMFA})
//	// … and opens a page of the app with a client that has a cookie jar
//
// It keeps sessions as APS ID does: lifetime and inactivity, refresh tokens that rotate and end the session when one comes
// twice, activity reports as often as apsid.ReportEvery says, back-channel logout. It can also lie (Tamper) and be away (Away).
//
// TestStore checks a store of sessions that is not one of package rp's own.
//
// It is for tests: it checks of the app what would make a test pass by mistake, and does not defend itself.
package rptest
