package policy_test

import (
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ABUSE 18, 26: what an attacker asks for in another kind of mail, or of another person, counts elsewhere; and every counter there is
// has a limit.
func TestEachKindOfMailCountsForItself(t *testing.T) {
	const address, username = "203.0.113.9", "tom@example.com"
	uses := func(kind idp.NoticeKind, username string) []idp.Use {
		return slices.Concat(policy.MailRequest(kind, address), policy.RequestedMail(kind, username, address))
	}
	mine := uses(idp.NoticeUnlock, username)
	for _, use := range mine {
		if rate := policy.DefaultLimits()[use.Limit]; rate.Most < 1 {
			t.Errorf("%s has no rate", use.Limit)
		}
		if slices.Contains(uses(idp.NoticePasswordReset, username), use) || slices.Contains(uses(idp.NoticeInvite, username), use) {
			t.Errorf("%+v counts other kinds too", use)
		}
	}
	if other := uses(idp.NoticeUnlock, "uma@example.com"); slices.Contains(other, mine[len(mine)-1]) || !slices.Contains(other, mine[0]) {
		t.Errorf("of another mailbox: %+v", other)
	}
}
