package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// AppsOf lists the apps that a person of the practice may be able to enter: our own, and those that the practice has.
func AppsOf(practice idp.Practice) []idp.ClientID {
	return append([]idp.ClientID{idp.AppAccount, idp.AppUserManagement, idp.AppSupport}, practice.Apps...)
}

// Strictest is the strongest sign-in that a rule asks of the person at any of these apps, as far as they may enter it. What a person sets up at one
// app is good at all of them, so that the strictest one says with what it may be set up, and what must stay.
func Strictest(user idp.User, practice idp.Practice, apps []idp.Client, now time.Time) idp.ACR {
	strictest := idp.ACRPassword
	for _, app := range apps {
		if MayEnter(user, practice, app) != AccessGranted {
			continue
		}
		if required := RequireMFA(user, practice, app, "", now).ACR; required.Satisfies(strictest) {
			strictest = required
		}
	}
	return strictest
}
