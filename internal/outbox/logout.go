package outbox

import (
	"time"

	"github.com/riverqueue/river"

	"github.com/apscloud/apsid/internal/idp"
)

// logoutQueue is apart from that of the notices: an app that does not answer keeps no message to a person waiting.
const logoutQueue = "logouts"

// logoutArgs is a message to an app as a job. Its names are stored, so they only ever grow: an older node may meet the job of
// a newer one. It holds identifiers only, so it lies open.
type logoutArgs struct {
	SID        idp.SID        `json:"sid"`
	PracticeID idp.PracticeID `json:"practice_id"`
	UserID     idp.UserID     `json:"user_id"`
	ClientID   idp.ClientID   `json:"client_id"`
	Reason     idp.EndReason  `json:"reason"`
	At         time.Time      `json:"at"`
}

// Kind names the job; it is stored, so it never changes.
func (logoutArgs) Kind() string { return "logout" }

// InsertOpts bounds the tries.
func (logoutArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: maxAttempts, Queue: logoutQueue}
}

func logoutToArgs(l idp.Logout) logoutArgs {
	return logoutArgs{
		SID: l.SID, PracticeID: l.PracticeID, UserID: l.UserID, ClientID: l.ClientID, Reason: l.Reason, At: l.At.UTC(),
	}
}

func (a logoutArgs) logout() idp.Logout {
	return idp.Logout{
		SID: a.SID, PracticeID: a.PracticeID, UserID: a.UserID, ClientID: a.ClientID, Reason: a.Reason, At: a.At,
	}
}
