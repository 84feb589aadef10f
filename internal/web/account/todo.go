package account

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web/door"
)

// task is something that keeps the account in order and is not done yet.
type task struct{ Title, Text, URL, Button string }

// tasks are what the visitor should do, the most urgent first; most people have none. required says that codes are asked for at
// sign-in, and more that passkeys can be added.
func tasks(v door.Visitor, required, more bool) (all []task) {
	bound := len(v.Account.Authenticators)
	switch {
	case bound == 0 && required:
		return []task{{
			Title: "Set up security codes", URL: addPath, Button: "Set up security codes",
			Text: "Your next sign-in asks for a security code. Set it up now, while you have the time.",
		}}
	case bound == 0:
		return []task{{
			Title: "Set up security codes", URL: addPath, Button: "Set up security codes",
			Text: "A code from your phone, or a passkey, keeps others out, even if they learn your password.",
		}}
	}
	if v.Account.PIN == nil {
		all = append(all, task{
			Title: "Create a recovery PIN", URL: home + "/pin?first", Button: "Create a recovery PIN",
			Text: "Without it, you need your practice’s System Administrator on the day you lose your phone.",
		})
	}
	if more && alone(v.Account.Authenticators) {
		all = append(all, task{
			Title: "Add a second passkey", URL: passkeyPath, Button: "Add a passkey",
			Text: "You have one. With another one, on another device or on a security key, you are not locked out on the day you lose the first.",
		})
	}
	return all
}

// alone reports whether there is exactly one passkey, and room for another.
func alone(bound []idp.Authenticator) bool {
	passkeys := 0
	for _, a := range bound {
		if a.Kind == idp.KindPasskey {
			passkeys++
		}
	}
	return passkeys == 1 && len(bound) < policy.MaxAuthenticators
}
