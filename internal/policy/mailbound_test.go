package policy_test

import (
	"slices"
	"strings"
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

// ABUSE 57: every limit on what is sent has a rate, and words stand with each where it is used.
func TestWhatIsSentCountsByActorPracticeAndMailbox(t *testing.T) {
	limits := policy.DefaultLimits()
	practice := idp.Practice{ID: "prc_x", State: idp.PracticeActive}
	olivia := policy.Actor{Kind: idp.ActorUser, User: idp.User{ID: "usr_olivia", State: idp.UserActive}, Practice: practice}
	robot := policy.Actor{Kind: idp.ActorClient, Client: idp.Client{Registration: idp.Registration{ID: "aps-admin", Kind: idp.ClientMachine}}, Practice: idp.Practice{ID: "prc_aps", Kind: idp.PracticeAPS, State: idp.PracticeActive}}
	for name, uses := range map[string][]idp.Use{
		"invitations-by-actor usr_olivia, invitations-by-practice prc_x, invitations-to-mailbox nell@example.com": policy.Invitation(olivia, "prc_x", "nell+7@example.com"),
		"invitations-by-aps aps-admin, invitations-by-practice prc_x, invitations-to-mailbox nell@example.com":    policy.Invitation(robot, "prc_x", "nell@example.com"),
		"resets-by-actor usr_olivia, resets-by-practice prc_x, resets-to-mailbox nell@example.com":                policy.PasswordReset(olivia, "prc_x", "nell@example.com"),
		"changes-by-actor usr_olivia, changes-to-mailbox nell@example.com":                                        policy.ChangeOfAnother(olivia, "nell@example.com"),
		"changes-to-mailbox nell@example.com":                                                                     policy.ChangeOfAnother(robot, "nell@example.com"),
		"own-changes ses_1":                                                                                       policy.OwnChange("ses_1"),
		"cases-by-actor usr_olivia":                                                                               policy.NewCase(olivia),
		"case-codes-to-mailbox nell@example.com":                                                                  policy.CaseCode(idp.User{Username: "nell@example.com"}),
	} {
		var got []string
		for _, use := range uses {
			got = append(got, string(use.Limit)+" "+use.Of)
			if limits[use.Limit].Most < 1 {
				t.Errorf("%s has no rate", use.Limit)
			}
		}
		if all := strings.Join(got, ", "); all != name {
			t.Errorf("got %s, want %s", all, name)
		}
	}
}
