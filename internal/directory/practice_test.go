package directory_test

import (
	"context"
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func directoryPage() directory.Page { return directory.Page{Limit: 50} }

func newPractice() directory.NewPractice {
	return directory.NewPractice{PracticeDetails: idp.PracticeDetails{Name: "Wattle & Co", Region: idp.RegionAU, TimeZone: "Australia/Perth", Phone: "08 5550 1234"}}
}

// brings makes one app bring another.
func (w *town) brings(app idp.ClientID, others ...idp.ClientID) {
	w.t.Helper()
	client, err := w.store.FindClient(w.t.Context(), app)
	w.must(err)
	client.Brings = others
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, client) })
}

func (w *town) apps(id idp.PracticeID) []idp.ClientID {
	w.t.Helper()
	practice, err := w.store.FindPractice(w.t.Context(), id)
	w.must(err)
	return practice.Apps
}

func TestAppsComeAndGoWithWhatTheyBring(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.brings("contacts", "timesheets")
		n := newPractice()
		n.Apps = []idp.ClientID{"contacts"}
		created, err := w.CreatePractice(ctx, by(riley), n, w.now)
		w.must(err)
		if both := []idp.ClientID{"contacts", "timesheets"}; !slices.Equal(created.Apps, both) || !slices.Equal(w.apps(created.ID), both) {
			t.Errorf("created with %v", created.Apps)
		}
		w.refusedWith("what comes with another", w.RemoveApp(ctx, by(riley), practiceX, "timesheets", w.now), idp.CodeConflict, "comes with contacts")
		w.left("what comes with another", idp.EventPracticeAppRemoved, "brought")
		w.must(w.RemoveApp(ctx, by(riley), practiceX, "contacts", w.now))
		if got := w.apps(practiceX); len(got) != 0 {
			t.Errorf("left over %v", got)
		}
		want := []idp.SID{}
		for _, name := range []string{olivia, tom, uma} { // ABUSE 35
			want = append(want, sessionOf(name, "contacts"), sessionOf(name, "timesheets"))
		}
		if got := w.ended(); !slices.Equal(got, want) {
			t.Errorf("ended %v", got)
		}
		w.fresh()
		w.must(w.AddApp(ctx, by(riley), practiceX, "contacts", w.now))
		if e := w.left("add", idp.EventPracticeAppAdded, ""); e.Details["apps"] != "contacts timesheets" || len(w.apps(practiceX)) != 2 {
			t.Errorf("added %v, %v", e.Details, w.apps(practiceX))
		}
		w.must(w.AddApp(ctx, by(riley), practiceX, "contacts", w.now))
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("again: %+v", left)
		}
	})
}

func TestWhatTwoAppsBringStaysWithTheOther(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.CreateClient(ctx, idp.Client{
				Registration: idp.Registration{
					ID: "ledger", Name: "Ledger", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, Profile: idp.ProfileDefault, IDTokenAlg: "ES256",
					Brings: []idp.ClientID{"timesheets"},
				},
				CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
			})
		})
		w.brings("contacts", "timesheets")
		w.must(w.AddApp(t.Context(), by(riley), practiceX, "ledger", w.now))
		w.must(w.RemoveApp(t.Context(), by(riley), practiceX, "contacts", w.now))
		if got := w.apps(practiceX); !slices.Equal(got, []idp.ClientID{"ledger", "timesheets"}) {
			t.Errorf("left %v", got)
		}
	})
}

func TestOnlyAPSCreatesPracticesAndOnlyForCustomers(t *testing.T) { // ABUSE 33, 34
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, err := w.CreatePractice(ctx, by(olivia), newPractice(), w.now)
		w.refusedWith("a customer", err, idp.CodeForbidden, "")
		w.left("a customer", idp.EventPracticeCreated, "no_access")
		for field, change := range map[string]func(*directory.NewPractice){
			"kind":      func(n *directory.NewPractice) { n.Kind = idp.PracticeAPS },
			"mfa":       func(n *directory.NewPractice) { n.MFA = idp.MFAActive },
			"apps":      func(n *directory.NewPractice) { n.Apps = []idp.ClientID{"nothing"} },
			"phone":     func(n *directory.NewPractice) { n.Phone = "<script>" },
			"region":    func(n *directory.NewPractice) { n.Region = "US" },
			"time_zone": func(n *directory.NewPractice) { n.TimeZone = "Local" },
			"name":      func(n *directory.NewPractice) { n.Name = "A\nB" },
		} {
			n := newPractice()
			change(&n)
			_, err := w.CreatePractice(ctx, by(riley), n, w.now)
			wantField(t, err, field)
		}
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("what was not created left %+v", left)
		}
	})
}

func TestPracticeIsEditedByThoseWhoMay(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		name, zone, phone, region := "Harbour", "Pacific/Auckland", "09 555 0134", idp.RegionNZ
		edited, err := w.UpdatePractice(ctx, by(uma), practiceX, directory.PracticeEdit{Version: 1, Name: &name, TimeZone: &zone}, w.now)
		w.must(err)
		e := w.left("edit", idp.EventPracticeUpdated, "")
		if edited.Version != 2 || e.Details["name"] != "prc_x → Harbour" || e.Details["time_zone"] != "Australia/Hobart → Pacific/Auckland" {
			t.Errorf("edited %+v, %v", edited, e.Details)
		}
		_, err = w.UpdatePractice(ctx, by(uma), practiceX, directory.PracticeEdit{Version: 1, Name: &name}, w.now)
		w.refusedWith("from an old copy", err, idp.CodeConflict, "changed this")
		// A caller who could change the number that support calls back could answer for any person of the practice.
		_, err = w.UpdatePractice(ctx, by(olivia), practiceX, directory.PracticeEdit{Version: 2, Phone: &phone}, w.now)
		w.refusedWith("the phone number", err, idp.CodeForbidden, "Only APS")
		w.left("the phone number", idp.EventPracticeUpdated, "no_access")
		_, err = w.UpdatePractice(ctx, by(tom), practiceX, directory.PracticeEdit{Version: 2, Name: &name}, w.now)
		w.refusedWith("nobody special", err, idp.CodeForbidden, "")
		w.left("nobody special", idp.EventPracticeUpdated, "no_access")
		_, err = w.UpdatePractice(ctx, by(riley), practiceX, directory.PracticeEdit{Version: 2, Phone: &phone, Region: &region}, w.now)
		w.must(err)
		if e := w.left("by APS", idp.EventPracticeUpdated, ""); e.Details["phone"] != "none → 09 555 0134" || e.Details["region"] != "AU → NZ" {
			t.Errorf("details %v", e.Details)
		}
	})
}
