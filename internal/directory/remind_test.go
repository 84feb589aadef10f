package directory_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const day = 24 * time.Hour

// reminded runs a round and returns what it queued: kind, whom, about what, and days until then; sorted.
func (w *town) reminded(now time.Time) (sent []string) {
	w.t.Helper()
	before := len(w.notices)
	w.must(w.Remind(w.t.Context(), now))
	for _, n := range w.notices[before:] {
		sent = append(sent, fmt.Sprintf("%s %s %q %d", n.Kind, n.Name, n.App+n.About, n.Days))
	}
	slices.Sort(sent)
	return sent
}

func (w *town) wantReminded(when string, now time.Time, want ...string) {
	w.t.Helper()
	if got := w.reminded(now); !slices.Equal(got, want) {
		w.t.Errorf("%s: %q, want %q", when, got, want)
	}
}

// People of a practice who have not enrolled hear of it 30, 14, 7 and 1 days before, once each.
func TestMandatoryMFAIsAnnounced(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.withoutMFA()
		from := w.now.Add(40 * day)
		w.must(w.SetMandatory(t.Context(), by(riley), practiceX, from, w.now))
		w.wantReminded("40 days before", w.now)
		for _, step := range []struct {
			at   time.Duration
			days int
		}{{30 * day, 30}, {29 * day, 0}, {14 * day, 14}, {8 * day, 0}, {7 * day, 7}, {day, 1}, {time.Hour, 0}} {
			when := fmt.Sprintf("%s before", step.at)
			if step.days == 0 {
				w.wantReminded(when, from.Add(-step.at))
				continue
			}
			w.wantReminded(when, from.Add(-step.at), // tom has enrolled
				fmt.Sprintf(`mfa_mandatory olivia "" %d`, step.days), fmt.Sprintf(`mfa_mandatory uma "" %d`, step.days))
			w.wantReminded(when+" again", from.Add(-step.at))
		}
		w.wantReminded("when it has come", from)
		w.wantReminded("afterwards", from.Add(day))
	})
}

func TestMandatoryMFAOfAnAppIsAnnounced(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.withoutMFA()
		client, err := w.store.FindClient(t.Context(), "timesheets")
		w.must(err)
		client.Name, client.MFARequiredFrom = "Cloud Timesheets", w.now.Add(5*day+time.Hour)
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, client) })
		w.update(uma, func(u *idp.User) { u.BlockedApps = []idp.ClientID{"timesheets"} })
		w.wantReminded("set six days before", w.now, `mfa_mandatory olivia "Cloud Timesheets" 6`) // y and APS have MFA already
		w.setPractice(practiceX, func(p *idp.Practice) { p.MFA = idp.MFAActive })
		w.wantReminded("where the practice asks for it already", w.now.Add(5*day))
	})
}

// People who have no passkey hear of it likewise, whatever else they have set up; a practice's administrators of their own day, and once
// where both rules name one day.
func TestPasskeysAreAnnounced(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		from := w.now.Add(14 * day)
		practice, err := w.store.FindPractice(t.Context(), practiceX)
		w.must(err)
		_, err = w.UpdatePractice(t.Context(), by(olivia), practiceX, directory.PracticeEdit{
			Version: practice.Version, PhishingResistanceFrom: &from, PhishingResistanceAdministratorsFrom: to(w.now.Add(7 * day)),
		}, w.now)
		w.must(err)
		w.wantReminded("14 days before", w.now, `phishing_resistance olivia "" 14`, `phishing_resistance olivia "" 7`, `phishing_resistance tom "" 14`,
			`phishing_resistance uma "" 14`, `phishing_resistance uma "" 7`)
		w.wantReminded("again", w.now)
		w.withPasskey(olivia)
		w.wantReminded("7 days before", w.now.Add(7*day), `phishing_resistance tom "" 7`, `phishing_resistance uma "" 7`)
		w.setPractice(practiceX, func(p *idp.Practice) { p.PhishingResistanceFrom = w.now })
		client, err := w.store.FindClient(t.Context(), "timesheets")
		w.must(err)
		client.PhishingResistanceFrom = w.now.Add(day)
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, client) })
		w.setPractice(practiceX, func(p *idp.Practice) { p.PhishingResistanceAdministratorsFrom = w.now.Add(day) })
		w.wantReminded("where the practice needs them already, and others do not", w.now,
			`phishing_resistance bob "timesheets" 1`, `phishing_resistance riley "timesheets" 1`)
	})
}

func TestRemindersGoOnceFromAnyNumberOfNodes(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.withoutMFA()
		w.must(w.SetMandatory(t.Context(), by(riley), practiceX, w.now.Add(20*day), w.now))
		before := len(w.notices)
		var nodes sync.WaitGroup
		for range 8 {
			nodes.Go(func() {
				if err := w.Remind(t.Context(), w.now); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if sent := len(w.notices) - before; sent != 2 {
			t.Errorf("%d notices", sent)
		}
	})
}

// A secret that ends, and a review that is due, are told to those who can see to it.
func TestWhatIsDueOfIntegrationsIsTold(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := registered()
		n.SecretExpires, n.ReviewAt = w.now.Add(40*day), w.now.Add(100*day)
		client, _, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
		w.must(err)
		w.wantReminded("40 days before", w.now)
		w.wantReminded("30 days before", w.now.Add(10*day), `secret_expires olivia "FuseSign" 30`, `secret_expires uma "FuseSign" 30`)
		w.wantReminded("20 days before", w.now.Add(20*day))
		w.wantReminded("a day before", w.now.Add(39*day), `secret_expires olivia "FuseSign" 1`, `secret_expires uma "FuseSign" 1`)
		_, _, err = w.AddSecret(t.Context(), by(riley), client.ID, time.Time{}, time.Time{}, w.now)
		w.must(err)
		w.wantReminded("with a successor", w.now.Add(39*day+12*time.Hour))
		w.wantReminded("the review comes", w.now.Add(93*day), `integration_review olivia "FuseSign" 7`, `integration_review uma "FuseSign" 7`)
		w.wantReminded("the review is due", w.now.Add(100*day), `integration_review olivia "FuseSign" 0`, `integration_review uma "FuseSign" 0`)
		w.wantReminded("the review is overdue", w.now.Add(200*day))
	})
}

func TestNobodyIsRemindedOfWhatIsOff(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := registered()
		n.SecretExpires = w.now.Add(5 * day)
		client, _, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
		w.must(err)
		_, err = w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: 1, Disabled: to(true)}, w.now)
		w.must(err)
		w.wantReminded("disabled", w.now)
		_, err = w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: 2, Disabled: to(false)}, w.now)
		w.must(err)
		w.must(w.SuspendPractice(t.Context(), by(riley), practiceX, w.now))
		w.wantReminded("suspended", w.now)
	})
}

// Secrets of apps are APS's own concern.
func TestSecretsOfAppsAreToldToAPS(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		app := web()
		app.ID, app.Name, app.SecretExpires = "ledger", "Ledger", w.now.Add(6*day)
		_, _, err := w.RegisterClient(t.Context(), by(riley), app, w.now)
		w.must(err)
		w.wantReminded("six days before", w.now, `secret_expires riley "Ledger" 6`)
	})
}
