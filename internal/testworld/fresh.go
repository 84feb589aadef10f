package testworld

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Fresh is what a person has proved who signed in with MFA just now, wherever a test moves its clock: its time is later than any
// that a test reaches. It is for commands that a test gives directly, without a sign-in.
func Fresh() policy.Proved {
	return policy.Proved{ACR: idp.ACRMFA, At: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)}
}
