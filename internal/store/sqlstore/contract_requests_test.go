package sqlstore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func (w *world) activation(p idp.Practice, at time.Time) idp.Activation {
	return idp.Activation{
		ID: idp.NewActivationID(), PracticeID: p.ID, RequestedBy: w.ada.ID, RequestedAt: at, Note: "Bitte, 会計", State: idp.ActivationOpen, Version: 1,
	}
}

func (w *world) request(t testing.TB, a idp.Activation) error {
	t.Helper()
	return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateActivation(ctx, a) })
}

func testActivation(t *testing.T, w *world) {
	_, err := w.LastActivation(t.Context(), w.mine.ID)
	wants(t, err, idp.ErrNotFound)
	first := w.activation(w.mine, w.now)
	must(t, w.request(t, first))
	got, err := w.FindActivation(t.Context(), first.ID)
	must(t, err)
	same(t, got, first)
	wants(t, w.request(t, w.activation(w.mine, w.now)), idp.ErrConflict) // one is open
	must(t, w.request(t, w.activation(w.other, w.now)))                  // the other practice's own
	wants(t, w.request(t, w.activation(w.practice("not stored"), w.now)), idp.ErrNotFound)

	answered := first
	answered.State, answered.AnsweredBy = idp.ActivationDeclined, idp.Actor{Kind: idp.ActorStaff, ID: string(w.bob.ID)}
	answered.AnsweredAt, answered.Answer = w.now.Add(time.Hour), "Not yet"
	answered.Note, answered.RequestedBy = "changed", w.bob.ID // not an answer's to change
	oneWon(t, race(func(int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateActivation(t.Context(), answered) })
	}), idp.ErrConflict)
	answered.Note, answered.RequestedBy, answered.Version = first.Note, first.RequestedBy, 2
	got, err = w.FindActivation(t.Context(), first.ID)
	must(t, err)
	same(t, got, answered)

	second := w.activation(w.mine, w.now.Add(2*time.Hour))
	must(t, w.request(t, second))
	got, err = w.LastActivation(t.Context(), w.mine.ID)
	must(t, err)
	same(t, got, second)
	for _, gone := range []idp.Activation{{ID: "act_none", PracticeID: w.mine.ID, Version: 1}, {ID: second.ID, PracticeID: w.other.ID, Version: 1}} {
		gone.State = idp.ActivationWithdrawn
		err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateActivation(ctx, gone) })
		wants(t, err, idp.ErrNotFound) // ABUSE 32
	}
	_, err = w.FindActivation(t.Context(), "act_none")
	wants(t, err, idp.ErrNotFound)
}

// However many administrators ask at once, one request is open.
func testActivationRace(t *testing.T, w *world) {
	oneWon(t, race(func(int) error {
		a := w.activation(w.mine, w.now)
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.CreateActivation(t.Context(), a) })
	}), idp.ErrConflict)
}

func testActivationList(t *testing.T, w *world) {
	var want []string
	for n := range 7 {
		p := w.practice("p")
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreatePractice(ctx, p) })
		a := w.activation(p, w.now.Add(time.Duration(n)*time.Minute))
		must(t, w.request(t, a))
		if n == 3 {
			a.State = idp.ActivationActivated
			w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateActivation(ctx, a) })
			continue
		}
		want = append(want, string(a.ID))
	}
	for _, n := range []int{1, 2, 6, 7} {
		same(t, pages(t, n, func(p sqlstore.Page) ([]idp.Activation, string, error) {
			return w.ListActivations(t.Context(), idp.ActivationOpen, p)
		}, func(a idp.Activation) string { return string(a.ID) }), want)
	}
}

func (w *world) supportCase(u idp.User, at time.Time) idp.Case {
	return idp.Case{
		ID: idp.NewCaseID(), PracticeID: u.PracticeID, UserID: u.ID, Action: idp.CaseResetMFA, Reason: "Lost the phone “at sea”",
		State: idp.CaseOpen, OpenedBy: w.bob.ID, OpenedAt: at, Version: 1,
	}
}

func (w *world) opened(t testing.TB, c idp.Case) idp.Case {
	t.Helper()
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateCase(ctx, c) })
	return c
}

func testCase(t *testing.T, w *world) {
	c := w.opened(t, w.supportCase(w.ada, w.now))
	got, err := w.FindCase(t.Context(), c.ID)
	must(t, err)
	same(t, got, c)

	changed := c
	changed.State, changed.CodeHash, changed.CodeTo = idp.CaseApproved, idp.NewSecret("$argon2id$code"), w.ada.ID
	changed.CodeUntil, changed.CodeMisses = w.now.Add(time.Minute), 2
	changed.Checks = []idp.CaseCheck{
		{Name: idp.CheckCallBack, Result: idp.CheckPassed, How: "Rang \"the\" number\n<b>on file</b> é", By: w.bob.ID, At: w.now},
		{Name: idp.CheckColleague, Result: idp.CheckFailed, By: w.bob.ID, Voucher: w.ada.ID, At: w.now.Add(time.Second)},
	}
	changed.DecidedBy, changed.DecidedAt, changed.Decision = w.ada.ID, w.now.Add(2*time.Minute), "Fine"
	changed.ActUntil, changed.DoneBy, changed.DoneAt = w.now.Add(time.Hour), w.bob.ID, w.now.Add(3*time.Minute)
	forged := changed
	forged.Reason, forged.Action, forged.OpenedBy = "other", idp.CaseGrantUserManagement, w.ada.ID // not an update's to change
	oneWon(t, race(func(int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateCase(t.Context(), forged) })
	}), idp.ErrConflict)
	changed.Version = 2
	got, err = w.FindCase(t.Context(), c.ID)
	must(t, err)
	same(t, got, changed)

	for _, foreign := range []func(*idp.Case){
		func(c *idp.Case) { c.PracticeID = w.other.ID },
		func(c *idp.Case) { c.UserID = w.bob.ID },
		func(c *idp.Case) { c.ID = "cas_none" },
	} {
		moved := changed
		foreign(&moved)
		err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateCase(ctx, moved) })
		wants(t, err, idp.ErrNotFound)
	}
	stranger := w.supportCase(w.ada, w.now)
	stranger.PracticeID = w.other.ID // ABUSE 32: never a case of one practice on a person of another
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateCase(ctx, stranger) }), idp.ErrNotFound)
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateCase(ctx, c) }), idp.ErrConflict)
	_, err = w.FindCase(t.Context(), "cas_none")
	wants(t, err, idp.ErrNotFound)
}

func testCaseSearch(t *testing.T, w *world) {
	var all, mine, closed []string
	for n := range 9 {
		u := []idp.User{w.ada, w.bob}[n%2]
		c := w.supportCase(u, w.now.Add(time.Duration(n/2)*time.Minute)) // equal times too
		c.OpenedBy = []idp.UserID{w.ada.ID, w.bob.ID, "usr_x"}[n%3]
		if n%4 == 3 {
			c.State = idp.CaseClosed
		}
		w.opened(t, c)
		all = append(all, string(c.ID))
	}
	search := func(q directory.CaseQuery, n int) []string {
		return pages(t, n, func(p sqlstore.Page) ([]idp.Case, string, error) { return w.SearchCases(t.Context(), q, p) },
			func(c idp.Case) string { return string(c.ID) })
	}
	got := search(directory.CaseQuery{}, 100)
	sorted := slices.Clone(got)
	slices.Sort(sorted)
	slices.Sort(all)
	same(t, sorted, all)
	last := w.now.Add(time.Hour)
	for _, id := range got {
		c, err := w.FindCase(t.Context(), idp.CaseID(id))
		must(t, err)
		if c.OpenedAt.After(last) {
			t.Errorf("%s is not in its order", id)
		}
		last = c.OpenedAt
		if c.PracticeID == w.mine.ID {
			mine = append(mine, id)
		}
		if c.State == idp.CaseClosed && c.OpenedBy == w.ada.ID {
			closed = append(closed, id)
		}
	}
	for _, n := range []int{1, 2, 9, 10} {
		same(t, search(directory.CaseQuery{}, n), got)
		same(t, search(directory.CaseQuery{PracticeID: w.mine.ID}, n), mine)
		same(t, search(directory.CaseQuery{UserID: w.ada.ID}, n), mine)
		same(t, search(directory.CaseQuery{States: []idp.CaseState{idp.CaseClosed, idp.CaseDone}, OpenedBy: w.ada.ID}, n), closed)
	}
	same(t, search(directory.CaseQuery{PracticeID: w.mine.ID, UserID: w.bob.ID}, 9), nil) // ABUSE 32
}

// A reminder is sent once, however many nodes find that it is due.
func testReminder(t *testing.T, w *world) {
	sent := make([]bool, racers)
	for _, err := range race(func(n int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) (err error) {
			sent[n], err = tx.TakeReminder(t.Context(), "mfa/usr_x/2027-01-31/7", w.now)
			return err
		})
	}) {
		must(t, err)
	}
	if n := len(slices.DeleteFunc(sent, func(s bool) bool { return !s })); n != 1 {
		t.Errorf("sent %d times", n)
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		other, err := tx.TakeReminder(ctx, "mfa/usr_x/2027-01-31/1", w.now)
		if !other {
			t.Error("another one was taken for it")
		}
		if err != nil {
			return err
		}
		for key, want := range map[string]bool{"mfa/usr_x/2027-01-31/7": true, "mfa/usr_x/2027-01-31/30": false} {
			if is, err := tx.IsReminded(ctx, key); is != want || err != nil {
				t.Errorf("%s: %t, %v", key, is, err)
			}
		}
		return nil
	})
}
