package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

type practiceAppInput struct {
	PracticePath
	App idp.ClientID `path:"app" maxLength:"100" example:"contacts"`
}

func (a *API) addPracticeApps() {
	const tag = "Practices"
	register(a, operation{
		command: policy.CommandAddPracticeApp, method: http.MethodPut, path: "/practices/{practice}/apps/{app}", tag: tag, scope: PracticesWrite,
	}, onPracticeApp(a.deps.Practices.AddApp))
	register(a, operation{
		command: policy.CommandRemovePracticeApp, method: http.MethodDelete, path: "/practices/{practice}/apps/{app}", tag: tag, scope: PracticesWrite,
	}, onPracticeApp(a.deps.Practices.RemoveApp))
}

func onPracticeApp(act func(context.Context, directory.Caller, idp.PracticeID, idp.ClientID, time.Time) error) func(context.Context, call, *practiceAppInput) (*struct{}, error) {
	return func(ctx context.Context, c call, in *practiceAppInput) (*struct{}, error) {
		return nil, act(ctx, c.Caller, in.Practice, in.App, c.now)
	}
}
