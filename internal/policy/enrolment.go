package policy

import (
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// EnrolmentLife is how long an enrolment code is good: it is read out to a person who sits before the page that asks for it (ASVS 5.0,
// 6.5.5).
const EnrolmentLife = 10 * time.Minute

// NeedsEnrolment reports whether a sign-in that must reach this has to ask for an enrolment code before the person may add a passkey. A
// code that a false page can pass on must not be enough to add what is to keep false pages out (ISM-1920, ISM-2011).
func NeedsEnrolment(required Requirement, bound []idp.Authenticator) bool {
	return required.ACR.Satisfies(idp.ACRPhishingResistant) &&
		!slices.ContainsFunc(bound, func(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey })
}
