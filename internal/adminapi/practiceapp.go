package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type practiceAppInput struct {
	PracticePath
	App idp.ClientID `path:"app" maxLength:"100" example:"contacts"`
}

func (a *API) addPracticeApps() {
	const tag = "Practices"
	register(a, operation{
		id: "add-practice-app", method: http.MethodPut, path: "/practices/{practice}/apps/{app}", tag: tag, scope: PracticesWrite, fresh: true,
		summary: "Give a practice an app", about: "And what the app brings. One that it has is no change. APS only.",
	}, onPracticeApp(a.deps.Directory.AddApp))
	register(a, operation{
		id: "remove-practice-app", method: http.MethodDelete, path: "/practices/{practice}/apps/{app}", tag: tag, scope: PracticesWrite, fresh: true,
		summary: "Take an app from a practice", about: "Its people's sessions there end. One that it has not is no change. APS only.",
	}, onPracticeApp(a.deps.Directory.RemoveApp))
}

func onPracticeApp(act func(context.Context, directory.Caller, idp.PracticeID, idp.ClientID, time.Time) error) func(context.Context, call, *practiceAppInput) (*struct{}, error) {
	return func(ctx context.Context, c call, in *practiceAppInput) (*struct{}, error) {
		return nil, act(ctx, c.Caller, in.Practice, in.App, c.now)
	}
}
