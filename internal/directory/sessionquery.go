package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// mostSessions bounds how many live sessions of one person are listed.
const mostSessions = 200

// ListUserSessions lists a person's live sessions, newest first, at most 200, without the hashes of their cookies: the caller's
// own, or those of a person in a practice that the caller may see. Errors are those of FindUser.
func (s *People) ListUserSessions(ctx context.Context, caller Caller, id idp.UserID, now time.Time) (live []idp.Session, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		account, err := q.account(ctx, id)
		if err != nil {
			return err
		}
		live, err = q.liveSessions(ctx, account.User)
		return err
	})
	return live, err
}

// liveSessions reads until a page ends with a session older than any may live: the pages after it hold none that is alive.
func (q *query) liveSessions(ctx context.Context, user idp.User) (live []idp.Session, err error) {
	clients := map[idp.ClientID]idp.Client{}
	for page := (Page{Limit: mostSessions}); ; {
		sessions, next, err := q.ListSessions(ctx, user.PracticeID, user.ID, page)
		if err != nil {
			return nil, err
		}
		for _, each := range sessions {
			client, known := clients[each.ClientID]
			if !known {
				if client, err = q.FindClient(ctx, each.ClientID); err != nil {
					return nil, err
				}
				clients[each.ClientID] = client
			}
			if alive, _ := policy.SessionState(each, client, q.now); alive && len(live) < mostSessions {
				each.BrowserHash = ""
				live = append(live, each)
			}
		}
		past := len(sessions) > 0 && q.now.Sub(sessions[len(sessions)-1].CreatedAt) > policy.DefaultLifetime
		if next == "" || past || len(live) == mostSessions {
			return live, nil
		}
		page.After = next
	}
}
