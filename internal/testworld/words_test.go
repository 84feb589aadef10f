package testworld_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/testworld"
)

// Sentences that stood on pages once, and others of their kind.
func TestFlawsAreFound(t *testing.T) {
	for _, bad := range []string{
		"Security codes is locked until Today, 3:40 pm AEDT.",
		"Security codes are locked until Today, 3:40 pm AEDT.",
		"Do it now, until Yesterday, 1:00 am NZDT.",
		"Text message, Authenticator app A recovery PIN is set.",
		"Must not be empty, nor begin or end with a space.",
		"If nobody of you asked for this, contact support.",
		"3 of 9006", "1204 people", "1 sessions at the moment.", "1 tries left",
		"Try again at 3:40 pm.", "Try again at 15:40, or wait.", "Set up %!s(MISSING) first.", "A link went to Mia .", "Come back later,.", "It ends never: since never",
	} {
		if len(testworld.Flaws(bad)) == 0 {
			t.Errorf("nothing is wrong with %q", bad)
		}
	}
	for _, good := range []string{
		"Security codes are locked until 3:40 pm AEDT on Monday 2 January.", "Try again at 15:40 GMT.", "Last used: Today, 3:40 pm AEDT",
		"Text message and authenticator app. A recovery PIN is set.", "The name must not be empty, nor begin or end with a space.",
		"3 of 9,006", "1,204 people", "1 session at the moment.", "11 sessions", "1 try left", "It changes every 30 seconds; enter the one showing now.",
		"You did it. Contact O’Brien & Co.", "Last active: never", "2027-03-31", "Apps: Contacts+, Timesheets and Trusts",
	} {
		if found := testworld.Flaws(good); len(found) > 0 {
			t.Errorf("%q: %v", good, found)
		}
	}
}
