package directory_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 39: an approval is for one action, however often and however fast it is carried out.
func TestAnApprovalIsUsedOnce(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.submitted(idp.CaseResetMFA, tom)
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "", d.now))
		d.fresh()
		d.notices = nil
		var done atomic.Int32
		var tries sync.WaitGroup
		for range 20 {
			tries.Go(func() {
				switch err := only(d.PerformCase(ctx, staffer(riley), id, d.now)); {
				case err == nil:
					done.Add(1)
				case idp.CodeOf(err) != idp.CodeConflict:
					t.Error(err)
				}
			})
		}
		tries.Wait()
		if done.Load() != 1 {
			t.Errorf("carried out %d times", done.Load())
		}
		if got := readers(d.mailed(idp.NoticeCaseDone)); got != "olivia tom uma" {
			t.Errorf("told: %s", got)
		}
	})
}

// ABUSE 39: a refusal, a second approval and a withdrawal that come at the same moment: one of them counts, and it is on record.
func TestOneDecisionCounts(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		id := d.submitted(idp.CaseResetMFA, tom)
		d.fresh()
		var approvals, closings atomic.Int32
		count := func(n *atomic.Int32, try func() error) func() {
			return func() {
				if try() == nil {
					n.Add(1)
				}
			}
		}
		var tries sync.WaitGroup
		for _, name := range []string{noor, lee} {
			for range 5 {
				tries.Go(count(&approvals, func() error { return d.DecideCase(ctx, staffer(name), id, true, "", d.now) }))
			}
		}
		for range 5 {
			tries.Go(count(&closings, func() error { return d.CloseCase(ctx, staffer(riley), id, "They called again.", d.now) }))
		}
		tries.Wait()
		if approvals.Load()+closings.Load() != 1 {
			t.Errorf("%d approvals and %d closings", approvals.Load(), closings.Load())
		}
		detail, err := d.FindCase(ctx, staffer(riley), id, d.now)
		d.must(err)
		want := idp.CaseApproved
		if closings.Load() == 1 {
			want = idp.CaseClosed
		}
		if detail.Case.State != want {
			t.Errorf("the case is %s, not %s", detail.Case.State, want)
		}
	})
}

// ABUSE 35, 39: what an approval rests on is looked at again when it is used.
func TestAnApprovalRestsOnWhatIsSoNow(t *testing.T) {
	for name, change := range map[string]func(*desk){
		"whoever opened it is no staff any more":   func(d *desk) { d.update(riley, func(u *idp.User) { u.Roles = nil }) },
		"whoever approved it is no staff any more": func(d *desk) { d.update(noor, func(u *idp.User) { u.Roles = nil }) },
		"whoever approved it was disabled":         func(d *desk) { d.update(noor, func(u *idp.User) { u.State = idp.UserDisabled }) },
		"the person was disabled":                  func(d *desk) { d.update(tom, func(u *idp.User) { u.State = idp.UserDisabled }) },
		"the practice was suspended": func(d *desk) {
			d.must(d.SuspendPractice(d.t.Context(), staffer(lee), practiceX, d.now))
		},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(t *testing.T, d *desk) {
				id := d.submitted(idp.CaseResetMFA, tom)
				d.must(d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now))
				change(d)
				wantCode(t, "carry it out", only(d.PerformCase(t.Context(), staffer(riley), id, d.now)), idp.CodeForbidden)
				if account := d.account(tom); len(account.Authenticators) != 2 || account.PIN == nil {
					t.Errorf("something was done: %+v", account)
				}
			})
		})
	}
}

// ABUSE 39: no one confirms to themselves. At APS an administrator is among those whose mailbox proves something, but not the one
// who opened the case or sends the code.
func TestNobodyReadsTheirOwnCode(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		aps, err := d.store.FindPractice(ctx, "prc_aps")
		d.must(err)
		number := "02 5550 1000"
		_, err = d.UpdatePractice(ctx, staffer(riley), "prc_aps", directory.PracticeEdit{Version: aps.Version, Phone: &number}, d.now)
		d.must(err)
		for _, name := range []string{riley, noor} {
			d.update(name, func(u *idp.User) { u.Roles = append(u.Roles, idp.RoleUserManagement) })
		}
		id := d.open(idp.CaseResetMFA, lee).ID
		d.mailed(idp.NoticeCaseOpened)
		for name, send := range map[string]func(context.Context) error{
			"the opener to themselves":  func(ctx context.Context) error { return d.SendCaseCode(ctx, staffer(riley), id, "usr_"+riley, d.now) },
			"a colleague to the opener": func(ctx context.Context) error { return d.SendCaseCode(ctx, staffer(noor), id, "usr_"+riley, d.now) },
			"a colleague to themselves": func(ctx context.Context) error { return d.SendCaseCode(ctx, staffer(noor), id, "usr_"+noor, d.now) },
		} {
			wantCode(t, name, send(ctx), idp.CodeInvalid)
		}
		if sent := d.mailed(idp.NoticeCaseCode); len(sent) != 0 {
			t.Errorf("codes went to %s", readers(sent))
		}
		d.must(d.SendCaseCode(ctx, staffer(riley), id, "usr_"+noor, d.now))
	})
}
