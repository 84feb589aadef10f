package people

import (
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// SignedOut says whom an act signs out at once, as a sentence, for the page that asks to confirm it.
func SignedOut(count directory.SessionCount) string {
	switch {
	case count.More:
		return "More than " + idp.Number(int64(directory.MostSessions)) + " sessions end at once. Work that was not saved is lost."
	case count.Sessions == 0:
		return "Nobody is signed in there now, so nobody is signed out."
	case count.People == 1:
		return "1 person is signed out at once: " + web.Count(count.Sessions, "session", "sessions") + ". Work that was not saved is lost."
	default:
		return idp.Number(count.People) + " people are signed out at once: " + web.Count(count.Sessions, "session", "sessions") + ". Work that was not saved is lost."
	}
}

// SignInAgain says who has to sign in again when MFA becomes a requirement. Their sessions end when an app asks for new tokens.
func SignInAgain(count directory.SessionCount) string {
	switch {
	case count.More:
		return "More than " + idp.Number(int64(directory.MostSessions)) + " sessions without MFA end, and their people sign in again, with MFA."
	case count.Sessions == 0:
		return "Nobody is signed in without MFA now, so nobody is signed out."
	case count.People == 1:
		return "1 person is signed in without MFA (" + web.Count(count.Sessions, "session", "sessions") + ") and has to sign in again, with MFA."
	default:
		return idp.Number(count.People) + " people are signed in without MFA (" + web.Count(count.Sessions, "session", "sessions") + ") and have to sign in again, with MFA."
	}
}
