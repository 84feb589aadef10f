package session

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Sessions keeps signed-in browsers, in SQL.
type Sessions interface {
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
	// FindSessionByBrowser returns the session of this cookie (by hash) at this app, ended or not; idp.ErrNotFound if none.
	FindSessionByBrowser(ctx context.Context, browserHash string, client idp.ClientID) (idp.Session, error)
	// EndSession ends it with the reason, deletes its refresh tokens and writes the event, in one SQL transaction. One that has
	// ended already, or does not exist, is left alone: then ended is false and no event is written.
	EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error)
	// EndUserSessions ends all sessions of the user, in the practice, likewise, and returns those it ended.
	EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
}
