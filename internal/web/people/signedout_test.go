package people

import (
	"testing"

	"github.com/apscloud/apsid/internal/directory"
)

func TestWhoIsSignedOutIsASentence(t *testing.T) {
	for _, c := range []struct {
		count      directory.SessionCount
		out, again string
	}{
		{directory.SessionCount{}, "Nobody is signed in there now, so nobody is signed out.", "Nobody is signed in without MFA now, so nobody is signed out."},
		{
			directory.SessionCount{People: 1, Sessions: 1}, "1 person is signed out at once: 1 session. Work that was not saved is lost.",
			"1 person is signed in without MFA (1 session) and has to sign in again, with MFA.",
		},
		{
			directory.SessionCount{People: 1, Sessions: 2}, "1 person is signed out at once: 2 sessions. Work that was not saved is lost.",
			"1 person is signed in without MFA (2 sessions) and has to sign in again, with MFA.",
		},
		{
			directory.SessionCount{People: 1200, Sessions: 3456}, "1,200 people are signed out at once: 3,456 sessions. Work that was not saved is lost.",
			"1,200 people are signed in without MFA (3,456 sessions) and have to sign in again, with MFA.",
		},
		{
			directory.SessionCount{People: 9000, Sessions: 10_001, More: true}, "More than 10,000 sessions end at once. Work that was not saved is lost.",
			"More than 10,000 sessions without MFA end, and their people sign in again, with MFA.",
		},
	} {
		if out := SignedOut(c.count); out != c.out {
			t.Errorf("%+v: %q", c.count, out)
		}
		if again := SignInAgain(c.count); again != c.again {
			t.Errorf("%+v: %q", c.count, again)
		}
	}
}
