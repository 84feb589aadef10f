package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// PasskeyFrom is the first day on which a rule of the practice needs a passkey of this person, come or not; zero: none does. Apps have rules
// of their own.
func PasskeyFrom(user idp.User, practice idp.Practice) time.Time {
	from := practice.PhishingResistanceFrom
	if early := practice.PhishingResistanceAdministratorsFrom; IsAdministrator(user) && !early.IsZero() && (from.IsZero() || early.Before(from)) {
		from = early
	}
	return from
}
