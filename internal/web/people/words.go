package people

import (
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/web"
)

// Name is the name that a person is shown by: some were imported without a name.
func Name(u idp.User) string {
	if strings.TrimSpace(u.Name) == "" {
		return u.Username
	}
	return u.Name
}

// Badges are what is unusual about a person; most people have none.
func Badges(u idp.User, locked bool) (all []web.Badge) {
	switch {
	case u.State == idp.UserDisabled:
		all = append(all, web.Badge{Text: "Disabled"})
	case u.Invited():
		all = append(all, web.Badge{Tone: web.ToneInfo, Text: "Invited"})
	}
	if locked {
		all = append(all, web.Badge{Tone: web.ToneBad, Text: "Locked"})
	}
	return all
}

// MFABadge says what a person proves with beside their password.
func MFABadge(kinds []idp.Kind) web.Badge {
	if len(kinds) == 0 {
		return web.Badge{Tone: web.ToneWarn, Text: "Not set up"}
	}
	return web.Badge{Tone: web.ToneGood, Text: Kinds(kinds)}
}

// Kind words a kind of authenticator.
func Kind(kind idp.Kind) string {
	switch kind {
	case idp.KindTOTP:
		return "Authenticator app"
	case idp.KindSMS:
		return "Text message"
	case idp.KindPasskey:
		return "Passkey"
	default:
		return string(kind)
	}
}

// What words an authenticator: its kind, and where a passkey is.
func What(a idp.Authenticator) string {
	if a.Kind == idp.KindPasskey {
		return Kind(a.Kind) + ", " + passkey.Keeping(a.Passkey)
	}
	return Kind(a.Kind)
}

// Kinds words several, so that they begin a sentence: "Text message and authenticator app"; "" for none.
func Kinds(kinds []idp.Kind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = Kind(kind)
		if i > 0 {
			names[i] = strings.ToLower(names[i])
		}
	}
	return web.List(names...)
}

// Right is a role as people know it.
type Right struct {
	Role        idp.Role
	Label, Hint string
}

// Rights are all there are, in the order in which they are offered.
func Rights() []Right {
	return []Right{
		{idp.RoleUserManagement, "User Management+", "Sees everybody in the practice here, invites people and resets MFA."},
		{idp.RoleSystemAdministrator, "System Administrator", "Whom people are told to ask for help. Only another System Administrator can change this person."},
		{idp.RoleAPSStaff, "APS staff", "Works at APS: uses the support desk, and always needs MFA."},
	}
}

// RightsOf words the rights of a person; "" for none.
func RightsOf(u idp.User) string {
	var names []string
	for _, right := range Rights() {
		if u.HasRole(right.Role) {
			names = append(names, right.Label)
		}
	}
	return web.List(names...)
}
