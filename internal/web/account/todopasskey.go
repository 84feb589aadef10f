package account

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// passkeyTasks ask for the first passkey: of those who will need one, and first of all of those who can do most.
func passkeyTasks(v door.Visitor) []task {
	if slices.ContainsFunc(v.Account.Authenticators, func(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey }) {
		return nil
	}
	from := policy.PasskeyFrom(v.Account.User, v.Account.Practice)
	one := task{Title: "Add a passkey", URL: passkeyPath, Button: "Add a passkey"}
	switch {
	case !from.IsZero():
		one.Text = "From " + web.NewDay(from, v.Zone()).Human + " you can’t sign in without one. Later you would need a code that an administrator reads out to you."
	case policy.IsAdministrator(v.Account.User):
		one.Text = "You can change other people’s accounts. With your face, fingerprint or screen lock nobody can trick you into giving yours away."
	default:
		return nil
	}
	return []task{one}
}
