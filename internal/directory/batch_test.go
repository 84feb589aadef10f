package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// batchOf gives a command for these people, and returns why each was not reached.
func (w *town) batchOf(caller directory.Caller, id string, command policy.Command, names ...string) map[string]string {
	w.t.Helper()
	b := directory.Batch{ID: id, Command: command, Reason: "the office moves"}
	for _, name := range names {
		b.Users = append(b.Users, idp.UserID("usr_"+name))
	}
	outcomes, err := w.ActOnMany(w.t.Context(), caller, b, w.now)
	w.must(err)
	found := map[string]string{}
	for _, o := range outcomes {
		if o.Done != (o.Why == "") {
			w.t.Errorf("%+v", o)
		}
		found[strings.TrimPrefix(string(o.User), "usr_")] = o.Why
	}
	if len(found) != len(outcomes) {
		w.t.Errorf("somebody has two outcomes: %+v", outcomes)
	}
	return found
}

// ABUSE 32, 33, 39: for each person of a batch, the rules are those of the command alone.
func TestABatchReachesWhomItsGiverReaches(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		everybody := []string{olivia, uma, tom, bob, riley, "nobody", tom}
		got := w.batchOf(by(uma), "one", policy.CommandResetMFA, everybody...)
		for name, why := range map[string]string{
			uma: "your own account", olivia: "rights that you don’t have", bob: "no such person", riley: "no such person", "nobody": "no such person",
		} {
			if !strings.Contains(got[name], why) {
				t.Errorf("%s: %q", name, got[name])
			}
		}
		if got[tom] != "" || len(w.account(tom).Authenticators) != 0 {
			t.Errorf("tom: %q", got[tom])
		}
		commands := 0
		for _, e := range w.fresh() {
			if e.Type != idp.EventMFAReset {
				continue
			}
			commands++
			if e.Details["batch"] != "one" || e.Details["reason_given"] != "the office moves" || e.Actor.ID != "usr_"+uma || e.PracticeID != practiceX {
				t.Errorf("event %+v", e)
			}
			if (e.Result == idp.ResultSuccess) != (e.UserID == "usr_"+tom) {
				t.Errorf("event %+v", e)
			}
		}
		if commands != len(everybody)-1 {
			t.Errorf("%d events, not one for each", commands)
		}
	})
}

func TestABatchSaysWhatIsSoAlready(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		got := w.batchOf(by(olivia), "one", policy.CommandDisableUser, tom, uma, olivia)
		if got[tom] != "" || got[uma] != "" || got[olivia] == "" {
			t.Errorf("disable: %v", got)
		}
		w.fresh()
		got = w.batchOf(by(olivia), "two", policy.CommandDisableUser, tom)
		if !strings.Contains(got[tom], "disabled already") || len(w.fresh()) != 0 {
			t.Errorf("disable again: %v", got)
		}
		got = w.batchOf(by(olivia), "three", policy.CommandEnableUser, tom, uma)
		again := w.batchOf(by(olivia), "four", policy.CommandEnableUser, tom)
		if got[tom] != "" || got[uma] != "" || !strings.Contains(again[tom], "not disabled") {
			t.Errorf("enable: %v, %v", got, again)
		}
		got = w.batchOf(by(olivia), "five", policy.CommandResendInvite, tom)
		if !strings.Contains(got[tom], "joined already") {
			t.Errorf("invite: %v", got)
		}
	})
}

// ABUSE 39: a batch of all administrators leaves the last one.
func TestABatchLeavesTheLastAdministrator(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		got := w.batchOf(shell, "one", policy.CommandDisableUser, olivia, uma)
		if !strings.Contains(got[olivia], "System Administrator") || got[uma] != "" {
			t.Errorf("%v", got)
		}
		got = w.batchOf(by(riley), "two", policy.CommandDisableUser, olivia)
		if !strings.Contains(got[olivia], "support case") {
			t.Errorf("APS staff without a case: %v", got)
		}
	})
}

// A form that is sent twice, or by many at the same moment, is carried out once.
func TestABatchIsCarriedOutOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		b := directory.Batch{ID: "once", Command: policy.CommandRemindMFA, Users: []idp.UserID{"usr_" + uma}}
		var mu sync.Mutex
		var wait sync.WaitGroup
		done := 0
		for range 6 {
			wait.Go(func() {
				outcomes, err := w.ActOnMany(t.Context(), by(olivia), b, w.now)
				mu.Lock()
				defer mu.Unlock()
				if err == nil && outcomes[0].Done {
					done++
				} else if idp.CodeOf(err) != idp.CodeConflict {
					t.Errorf("%v, %v", outcomes, err)
				}
			})
		}
		wait.Wait()
		if done != 1 || len(w.mail()) != 1 {
			t.Errorf("carried out %d times", done)
		}
	})
}

func TestABatchThatCanNotBegin(t *testing.T) {
	w := newTown(t, storetest.SQLite(t))
	many := make([]idp.UserID, directory.MaxBatch+1)
	for i := range many {
		many[i] = idp.UserID(fmt.Sprint("usr_", i))
	}
	one := []idp.UserID{"usr_" + tom}
	for field, b := range map[string]directory.Batch{
		"users":   {Command: policy.CommandRemindMFA, Users: many},
		"reason":  {Command: policy.CommandDisableUser, Users: one, Reason: " \n "},
		"command": {Command: policy.CommandEditUser, Users: one, Reason: "x"},
	} {
		_, err := w.ActOnMany(t.Context(), by(olivia), b, w.now)
		if e, ok := err.(*idp.Error); !ok || e.Code != idp.CodeInvalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	stale := by(olivia)
	stale.Proved.At = w.now.Add(-time.Hour)
	_, err := w.ActOnMany(t.Context(), stale, directory.Batch{ID: "x", Command: policy.CommandDisableUser, Users: one, Reason: "x"}, w.now)
	if _, ok := err.(*policy.StaleProofError); !ok || len(w.fresh()) != 0 {
		t.Errorf("old proofs: %v", err)
	}
	for _, c := range directory.BatchCommands() {
		if policy.Describe(c).On != policy.OnPerson {
			t.Errorf("%s is not about people", c)
		}
	}
}

// An administrator who is disabled while their batch runs reaches no one any more.
func TestRightsAreReadForEachPersonOfABatch(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		got := w.batchOf(by(uma), "one", policy.CommandDisableUser, tom)
		w.update(uma, func(u *idp.User) { u.Roles = nil })
		w.update(tom, func(u *idp.User) { u.State = idp.UserActive })
		late := w.batchOf(by(uma), "two", policy.CommandDisableUser, tom)
		if got[tom] != "" || !strings.Contains(late[tom], "User Management+") || w.account(tom).User.State != idp.UserActive {
			t.Errorf("%v, %v", got, late)
		}
		ended := by(olivia)
		ended.SID = "ses_over"
		over := w.batchOf(ended, "three", policy.CommandEnableUser, uma, tom)
		if !strings.Contains(over[tom], "signed out") || !strings.Contains(over[uma], "signed out") {
			t.Errorf("%v", over)
		}
	})
}

func TestAReminderGoesOnceADayToWhoNeedsIt(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.must(w.RemindMFA(t.Context(), by(olivia), "usr_"+uma, w.now))
		sent := w.mail()
		if len(sent) != 1 || sent[0].Kind != idp.NoticeMFAReminder || sent[0].By != olivia || sent[0].Email != "uma@example.com" {
			t.Fatalf("sent %+v", sent)
		}
		w.wantEvent(idp.EventMFAReminded, idp.ResultSuccess, "")
		w.wantFull(w.RemindMFA(t.Context(), by(olivia), "usr_"+uma, w.now.Add(time.Hour)), idp.EventMFAReminded, idp.LimitRemindersToMailbox)
		w.now = w.now.Add(27 * time.Hour) // a window may be a twelfth longer
		w.must(w.RemindMFA(t.Context(), by(olivia), "usr_"+uma, w.now))
		w.mail()
		nell, _ := w.invited("nell@example.com")
		w.mail()
		w.must(w.DisableUser(t.Context(), shell, "usr_"+uma, w.now))
		w.mail()
		for id, why := range map[idp.UserID]string{"usr_" + tom: "already", nell.ID: "joined", "usr_" + uma: "disabled"} {
			err := w.RemindMFA(t.Context(), by(olivia), id, w.now)
			if idp.CodeOf(err) != idp.CodeForbidden || !strings.Contains(err.(*idp.Error).Public, why) || len(w.mail()) != 0 {
				t.Errorf("%s: %v", id, err)
			}
		}
		if !slices.Contains(directory.BatchCommands(), policy.CommandRemindMFA) {
			t.Error("nobody can remind many")
		}
	})
}
