package directory_test

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func practiceReach() map[string]reach {
	return map[string]reach{
		"CreatePractice": closed(forAPS, func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CreatePractice(ctx, c, directory.NewPractice{
				Kind: idp.PracticeCustomer, MFA: idp.MFAOff,
				PracticeDetails: idp.PracticeDetails{Name: "Eve & Co", Region: idp.RegionAU, TimeZone: "UTC"},
			}, w.now))
		}),
		"FindPractice": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.FindPractice(ctx, c, practiceX, w.now))
		}),
		"TrackMFA": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.TrackMFA(ctx, c, practiceX, []time.Time{w.now}, w.now))
		}),
		"ListPractices": closed(forAPS, func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.ListPractices(ctx, c, directory.PracticeQuery{}, page(), w.now))
		}),
		"UpdatePractice": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.UpdatePractice(ctx, c, practiceX, directory.PracticeEdit{Version: 1, Name: ptr("Eve & Co")}, w.now))
		}),
		"SuspendPractice": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SuspendPractice(ctx, c, practiceX, w.now)
		}),
		"ResumePractice": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.ResumePractice(ctx, c, practiceX, w.now)
		}),
		"AddApp": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.AddApp(ctx, c, practiceX, "contacts", w.now)
		}),
		"RemoveApp": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RemoveApp(ctx, c, practiceX, "contacts", w.now)
		}),
		"ListActivity": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ListActivity(ctx, c, practiceX, directory.EventQuery{}, page(), w.now))
		}),
		"CountSessions": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CountSessions(ctx, c, practiceX, false, w.now))
		}),
		"ViewAppRemoval": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.ViewAppRemoval(ctx, c, practiceX, "contacts", w.now))
		}),
		"CheckPrerequisites": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CheckPrerequisites(ctx, c, practiceX, w.now))
		}),
		"RequestActivation": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.RequestActivation(ctx, c, practiceX, "please", w.now))
		}),
		"WithdrawActivation": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.WithdrawActivation(ctx, c, practiceX, w.now)
		}),
		"AnswerActivation": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.AnswerActivation(ctx, c, activationX, true, "yes", w.now)
		}),
		"ListActivations": closed(forAPS, func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.ListActivations(ctx, c, idp.ActivationOpen, page(), w.now))
		}),
		"SetMandatory": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.SetMandatory(ctx, c, practiceX, w.now.Add(24*time.Hour), w.now)
		}),
		"Remind":          {why: "of the clock, not of a caller"},
		"RegisterOwnApps": {why: "of the start of a node, not of a caller"},
		"MoveIssuer":      {why: "of the start of a node, not of a caller"},
	}
}

func clientReach() map[string]reach {
	stored := func(ctx context.Context, w *town) idp.Client {
		client, err := w.store.FindClient(ctx, integrationX)
		w.must(err)
		return client
	}
	return map[string]reach{
		"RegisterClient": named(func(ctx context.Context, w *town, c directory.Caller) error {
			n := machine(practiceX)
			n.ID, n.Owner, n.Purpose, n.ReviewAt = "eve", "Eve", "Reads time entries.", w.now.Add(24*time.Hour)
			return only2(w.RegisterClient(ctx, c, n, w.now))
		}),
		"FindClient": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.FindClient(ctx, c, integrationX, w.now))
		}),
		"ListClients": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.ListClients(ctx, c, directory.ClientQuery{PracticeID: practiceX}, page(), w.now))
		}),
		"CountClientSessions": closed(forAPS, func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.CountClientSessions(ctx, c, "contacts", false, w.now))
		}),
		"EditClient": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only(w.EditClient(ctx, c, integrationX, directory.ClientEdit{Version: 1, Owner: ptr("Eve")}, w.now))
		}),
		"UpdateClient": closed(forShell, func(ctx context.Context, w *town, c directory.Caller) error {
			n := machine(practiceX)
			n.ID, n.Owner, n.Purpose, n.ReviewAt = integrationX, "Eve", "Reads time entries.", w.now.Add(24*time.Hour)
			return only(w.UpdateClient(ctx, c, stored(ctx, w), n, w.now))
		}),
		"AddSecret": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return only2(w.AddSecret(ctx, c, integrationX, w.now.Add(24*time.Hour), w.now.Add(time.Hour), w.now))
		}),
		"RemoveSecret": named(func(ctx context.Context, w *town, c directory.Caller) error {
			return w.RemoveSecret(ctx, c, integrationX, stored(ctx, w).Secrets[0].ID, w.now)
		}),
	}
}
