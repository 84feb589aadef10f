package adminapi

import (
	"context"
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// SessionCount is how many people an act would sign out, and of how many sessions.
type SessionCount struct {
	People   int64 `json:"people"`
	Sessions int64 `json:"sessions"`
	More     bool  `json:"more" doc:"There are more than 10,000: counting stopped there."`
}

func sessionCountOf(c directory.SessionCount) SessionCount {
	return SessionCount{People: c.People, Sessions: c.Sessions, More: c.More}
}

type countPracticeInput struct {
	PracticePath
	App        idp.ClientID `query:"app" maxLength:"100" doc:"Only those that end when the practice loses this app, with the apps that it brought."`
	WithoutMFA bool         `query:"without_mfa" doc:"Only those without MFA, which end when it becomes a requirement."`
}

type countClientInput struct {
	ClientPath
	WithoutMFA bool `query:"without_mfa" doc:"Only those without MFA, which end when it becomes a requirement."`
}

func (a *API) addSessionCounts() {
	const tag = "Sessions"
	register(a, operation{
		id: "count-practice-sessions", method: http.MethodGet, path: "/practices/{practice}/session-count", tag: tag, scope: PracticesRead,
		summary: "Count a practice's sessions", about: "Those that are open: whom an act would sign out, before it is done.",
	}, a.countPracticeSessions)
	register(a, operation{
		id: "count-client-sessions", method: http.MethodGet, path: "/clients/{client}/session-count", tag: tag, scope: ClientsRead,
		summary: "Count the sessions at an app", about: "Those that are open, of all practices. APS only.",
	}, a.countClientSessions)
}

func (a *API) countPracticeSessions(ctx context.Context, c call, in *countPracticeInput) (*Of[SessionCount], error) {
	if in.App != "" {
		view, err := a.deps.Practices.ViewAppRemoval(ctx, c.Caller, in.Practice, in.App, c.now)
		return &Of[SessionCount]{Body: sessionCountOf(view.Ends)}, err
	}
	count, err := a.deps.Practices.CountSessions(ctx, c.Caller, in.Practice, in.WithoutMFA, c.now)
	return &Of[SessionCount]{Body: sessionCountOf(count)}, err
}

func (a *API) countClientSessions(ctx context.Context, c call, in *countClientInput) (*Of[SessionCount], error) {
	count, err := a.deps.Registrations.CountClientSessions(ctx, c.Caller, in.Client, in.WithoutMFA, c.now)
	return &Of[SessionCount]{Body: sessionCountOf(count)}, err
}
