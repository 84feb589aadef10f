package manage

import (
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// nameOf is what a person is called: some were imported without a name.
func nameOf(u idp.User) string {
	if strings.TrimSpace(u.Name) == "" {
		return u.Username
	}
	return u.Name
}

// badges are what is unusual about a person; of most people there is nothing to say.
func badges(u idp.User, invited, locked bool) (all []web.Badge) {
	switch {
	case u.State == idp.UserDisabled:
		all = append(all, web.Badge{Text: "Disabled"})
	case invited:
		all = append(all, web.Badge{Tone: web.ToneInfo, Text: "Invited"})
	}
	if locked {
		all = append(all, web.Badge{Tone: web.ToneBad, Text: "Locked"})
	}
	return all
}

func mfaBadge(kinds []idp.Kind) web.Badge {
	if len(kinds) == 0 {
		return web.Badge{Tone: web.ToneWarn, Text: "Not set up"}
	}
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = kindName(kind)
	}
	return web.Badge{Tone: web.ToneGood, Text: strings.Join(names, ", ")}
}

func kindName(kind idp.Kind) string {
	switch kind {
	case idp.KindTOTP:
		return "Authenticator app"
	case idp.KindSMS:
		return "Text message"
	default:
		return string(kind)
	}
}

// roleWords are the rights that a practice knows, in the order in which they are offered.
var roleWords = []struct {
	role        idp.Role
	label, hint string
}{
	{idp.RoleUserManagement, "User Management+", "Sees everybody in the practice here, invites people and resets MFA."},
	{idp.RoleSystemAdministrator, "System Administrator", "Whom people are told to ask for help. Only another System Administrator can change this person."},
	{idp.RoleAPSStaff, "APS staff", "Works at APS: uses the support desk, and always needs MFA."},
}

func rightsInShort(roles []idp.Role) string {
	var names []string
	for _, r := range roleWords {
		for _, role := range roles {
			if role == r.role {
				names = append(names, r.label)
			}
		}
	}
	return strings.Join(names, ", ")
}
