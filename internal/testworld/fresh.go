package testworld

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Fresh is what a person has proved who signed in with MFA just now, wherever a test moves its clock. It is for commands that a
// test gives directly, without a sign-in.
func Fresh() policy.Proved {
	return policy.Proved{ACR: idp.ACRMFA, At: time.Now().AddDate(10, 0, 0)}
}
