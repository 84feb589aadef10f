package directory_test

import (
	"context"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func caseReach() map[string]reach {
	return map[string]reach{
		"OpenCase": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.OpenCase(ctx, c, directory.NewCase{
				PracticeID: practiceX, UserID: "usr_" + uma, Action: idp.CaseResetMFA, Reason: "lost the phone",
			}, w.now))
		}),
		"SendCaseCode": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SendCaseCode(ctx, c, caseX, "usr_"+tom, w.now)
		}),
		"RecordCheck": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RecordCheck(ctx, c, caseX, directory.NewCheck{Name: idp.CheckCallBack, Result: idp.CheckPassed, How: "called"}, w.now)
		}),
		"SubmitCase": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SubmitCase(ctx, c, caseX, w.now)
		}),
		"DecideCase": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.DecideCase(ctx, c, caseX, true, "yes", w.now)
		}),
		"PerformCase": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.PerformCase(ctx, c, caseX, w.now))
		}),
		"CloseCase": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.CloseCase(ctx, c, caseX, "no", w.now)
		}),
		"FindCase": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.FindCase(ctx, c, caseX, w.now))
		}),
		"ListCases": closed(forAPS, func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.ListCases(ctx, c, directory.CaseQuery{}, page(), w.now))
		}),
		"DescribeCases": closed(forAPS, func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.DescribeCases(ctx, c, directory.CaseQuery{}, page(), w.now))
		}),
	}
}
