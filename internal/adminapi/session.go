package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Session is a signed-in browser at one app.
type Session struct {
	ID             idp.SID      `json:"id"`
	UserID         idp.UserID   `json:"user_id"`
	ClientID       idp.ClientID `json:"client_id" doc:"The app."`
	ACR            idp.ACR      `json:"acr" enum:"urn:aps:acr:pwd,urn:aps:acr:mfa"`
	AMR            []idp.AMR    `json:"amr" nullable:"false"`
	AuthTime       time.Time    `json:"auth_time"`
	CreatedAt      time.Time    `json:"created_at"`
	LastActivityAt time.Time    `json:"last_activity_at" doc:"To a few minutes."`
	ExpiresAt      time.Time    `json:"expires_at"`
}

func sessionOf(s idp.Session) Session {
	return Session{
		ID: s.ID, UserID: s.UserID, ClientID: s.ClientID, ACR: s.ACR, AMR: same(s.AMR), AuthTime: s.AuthTime.UTC(),
		CreatedAt: s.CreatedAt.UTC(), LastActivityAt: s.LastActivity.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
	}
}

type endSessionInput struct {
	Session idp.SID `path:"session" maxLength:"100"`
}

func (a *API) addSessions() {
	const tag = "Sessions"
	register(a, operation{
		id: "list-sessions", method: http.MethodGet, path: "/users/{user}/sessions", tag: tag, scope: SessionsRead,
		summary: "List a person's sessions", about: "Those that are alive, newest first. There is one page.",
	}, a.listSessions)
	register(a, operation{
		command: policy.CommandEndSession, method: http.MethodPost, path: "/sessions/{session}/end", tag: tag, scope: SessionsEnd,
	}, a.endSession)
}

func (a *API) listSessions(ctx context.Context, c call, in *UserPath) (*Listed[Session], error) {
	found, err := a.deps.People.ListUserSessions(ctx, c.Caller, in.User, c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, "", sessionOf), nil
}

func (a *API) endSession(ctx context.Context, c call, in *endSessionInput) (*struct{}, error) {
	return nil, a.deps.People.EndSession(ctx, c.Caller, in.Session, c.now)
}
