package directory_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 39: the last person with User Management+ access stays, also when two disable each other at the same moment.
func TestLastManagerStays(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for name, try := range map[string]func() error{
			"disable": func() error { return w.DisableUser(ctx, shell, "usr_"+bob, w.now) },
			"take the role": func() error {
				return w.edit(shell, bob, directory.UserEdit{Roles: &[]idp.Role{}})
			},
			"give another role instead": func() error {
				return w.edit(shell, bob, directory.UserEdit{Roles: &[]idp.Role{idp.RoleSystemAdministrator}})
			},
			"disable the last System Administrator": func() error { return w.DisableUser(ctx, shell, "usr_"+olivia, w.now) },
			"make the last System Administrator none": func() error {
				return w.edit(shell, olivia, directory.UserEdit{Roles: &[]idp.Role{idp.RoleUserManagement}})
			},
		} {
			if err := try(); idp.CodeOf(err) != idp.CodeForbidden {
				t.Errorf("%s: %v", name, err)
			}
			w.wantRefusal(name, "last_manager")
		}
		w.untouched()

		nell, _ := w.invited("nell@example.com", idp.RoleSystemAdministrator) // who may never join
		err := w.DisableUser(ctx, shell, "usr_"+olivia, w.now)
		wantCode(t, "the last one, and somebody invited", err, idp.CodeForbidden)
		w.must(w.RevokeInvite(ctx, by(olivia), nell.ID, w.now))

		w.update(olivia, func(u *idp.User) { u.Roles = w.account(uma).User.Roles }) // one role, so each is counted once
		// Both count before either changes anything, where the database lets them: SQLite runs them one after the other.
		var counted sync.WaitGroup
		counted.Add(2)
		met := make(chan struct{})
		go func() {
			counted.Wait()
			close(met)
		}()
		var arrivals atomic.Int32
		w.counted = func() {
			if arrivals.Add(1) <= 2 {
				counted.Done()
			}
			select {
			case <-met:
			case <-time.After(300 * time.Millisecond):
			}
		}
		var both sync.WaitGroup
		for one, other := range map[string]string{olivia: uma, uma: olivia} {
			both.Go(func() {
				err := w.DisableUser(ctx, by(one), idp.UserID("usr_"+other), w.now)
				if code := idp.CodeOf(err); code != "" && code != idp.CodeForbidden {
					t.Errorf("%s disables %s: %v", one, other, err)
				}
			})
		}
		both.Wait()
		if w.account(olivia).User.State == w.account(uma).User.State {
			t.Errorf("both are %s", w.account(olivia).User.State)
		}
	})
}
