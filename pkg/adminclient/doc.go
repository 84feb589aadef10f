// Package adminclient is a typed client of APS ID's management API, for programs and for the command line.
//
//	client, err := adminclient.New(ctx, adminclient.Config{
//		API: "https://id.example/api/v1", ClientID: "aps-admin", ClientSecret: secret,
//	})
//	for user, err := range client.Users(ctx, practice, adminclient.UserQuery{Filter: adminclient.NotEnrolled}) {
//		…
//	}
//
// Every call that changes something carries an Idempotency-Key of its own, so that it is safe to try again when the provider is
// busy (RFC 9110, section 9.2.2); the client does that by itself, as often as Config.Attempts says. Errors are of type *Error and
// compare with errors.Is: ErrNotFound, ErrForbidden, ErrChanged and the others. It holds no state beside its access token, never
// logs, and never shows a secret that it was not asked for.
package adminclient
