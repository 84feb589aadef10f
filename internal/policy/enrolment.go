package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// EnrolmentLife is how long an enrolment code is good: it is read out to a person who sits before the page that asks for it (ASVS 5.0,
// 6.5.5).
const EnrolmentLife = 10 * time.Minute

// NeedsEnrolment reports whether a sign-in that must reach this, of a person without a passkey, has to ask for an enrolment code before
// they may add one. A code that a false page can pass on must not be enough to add what is to keep false pages out (ISM-1920, ISM-2011).
// An app that only asked for it in this sign-in gets no more than the person could set up in their account with a security code.
func NeedsEnrolment(required Requirement) bool {
	return required.ACR.Satisfies(idp.ACRPhishingResistant) && required.Reason != MFARequested
}
