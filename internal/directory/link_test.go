package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// uses are the links and how each is used.
func uses() map[idp.LinkPurpose]func(context.Context, *town, idp.Secret) error {
	return map[idp.LinkPurpose]func(context.Context, *town, idp.Secret) error{
		idp.LinkPasswordReset: func(ctx context.Context, w *town, token idp.Secret) error {
			return w.ResetByLink(ctx, origin(), token, idp.NewSecret(newPassword), w.now)
		},
		idp.LinkUnlock: func(ctx context.Context, w *town, token idp.Secret) error {
			return w.UnlockByLink(ctx, origin(), token, w.now)
		},
		idp.LinkConfirm: func(ctx context.Context, w *town, token idp.Secret) error {
			return w.ConfirmByLink(ctx, origin(), token, w.now)
		},
		idp.LinkNotMe: func(ctx context.Context, w *town, token idp.Secret) error {
			return w.FreezeByLink(ctx, origin(), token, w.now)
		},
	}
}

// ABUSE 24: a link works once, for a time, and for one purpose; once its person is disabled it does nothing.
func TestLinksWorkOnceAndBriefly(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for purpose, use := range uses() {
			token := w.mailed(uma, purpose)
			for other, misuse := range uses() {
				if other != purpose {
					wantCode(t, string(purpose)+" used as "+string(other), misuse(ctx, w, token), idp.CodeNotFound)
				}
			}
			late := w.mailed(tom, purpose)
			w.now = w.now.Add(time.Hour)
			w.fresh()
			wantCode(t, string(purpose)+" that is over", use(ctx, w, late), idp.CodeUsed)
			if e := w.wantEvent(idp.EventLinkRefused, idp.ResultFailure, "used"); e.UserID != "usr_"+tom || e.Actor.ID != "" || e.Details["purpose"] != string(purpose) {
				t.Errorf("event %+v", e)
			}
			stale := w.mailed(tom, purpose)
			w.update(tom, func(u *idp.User) { u.State = idp.UserDisabled })
			wantCode(t, string(purpose)+" of somebody disabled", use(ctx, w, stale), idp.CodeUsed)
			if _, err := w.ViewLink(ctx, stale, w.now); !errors.Is(err, idp.ErrUsed) {
				t.Errorf("%s of somebody disabled, viewed: %v", purpose, err)
			}
			w.update(tom, func(u *idp.User) { u.State = idp.UserActive })
			good := w.mailed(tom, purpose)
			w.must(use(ctx, w, good))
			wantCode(t, string(purpose)+" used twice", use(ctx, w, good), idp.CodeUsed)
			w.update(tom, func(u *idp.User) { u.State = idp.UserActive })
			wantCode(t, string(purpose)+" used twice, enabled again", use(ctx, w, good), idp.CodeUsed)
			w.fresh()
		}
	})
}

// ABUSE 24: a link that is posted many times at once.
func TestOfManyPostsOneCounts(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		token := w.mailed(tom, idp.LinkUnlock)
		w.atOnce(50, func() error { return w.UnlockByLink(t.Context(), origin(), token, w.now) })
		counts := map[idp.EventType]int{}
		for _, e := range w.fresh() {
			counts[e.Type]++
		}
		if counts[idp.EventUserUnlocked] != 1 || counts[idp.EventLinkRefused] != 49 {
			t.Errorf("events %v", counts)
		}
	})
}

// ABUSE 30: an attacker has changed the account. Its owner freezes it, even the last who manages the practice.
func TestFrozenAccountIsShut(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		reset := w.mailed(bob, idp.LinkPasswordReset) // in the attacker's hands
		w.must(w.FreezeByLink(t.Context(), origin(), w.mailed(bob, idp.LinkNotMe), w.now))
		if state := w.account(bob).User.State; state != idp.UserDisabled {
			t.Errorf("bob is %s", state)
		}
		wantCode(t, "the other link", w.ResetByLink(t.Context(), origin(), reset, idp.NewSecret(newPassword), w.now), idp.CodeUsed)
		if len(w.notices) != 0 {
			t.Errorf("told %+v, and there is nobody else", w.notices)
		}
		w.must(w.FreezeByLink(t.Context(), origin(), w.mailed(olivia, idp.LinkNotMe), w.now))
		n := w.letter(idp.NoticeFrozen)
		if n.Email != "uma@example.com" || n.About != olivia || n.Name != uma || n.UserID != "usr_"+uma {
			t.Errorf("notice %+v", n)
		}
		for _, e := range w.fresh() {
			if e.Type == idp.EventUserFrozen && (e.Actor != idp.Actor{Kind: idp.ActorUser, ID: string(e.UserID)}) {
				t.Errorf("event %+v", e)
			}
		}
	})
}

// ABUSE 18: an administrator has looked into it and let the owner in again. The warnings from before are dealt with: an attacker who
// reads them in an old mailbox can't shut the account again.
func TestEnablingEndsTheWarningsFromBefore(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		first, second := w.mailed(tom, idp.LinkNotMe), w.mailed(tom, idp.LinkNotMe)
		w.must(w.FreezeByLink(t.Context(), origin(), first, w.now))
		w.must(w.EnableUser(t.Context(), by(olivia), "usr_"+tom, w.now))
		wantCode(t, "a warning from before", w.FreezeByLink(t.Context(), origin(), second, w.now), idp.CodeUsed)
		if state := w.account(tom).User.State; state != idp.UserActive {
			t.Errorf("tom is %s", state)
		}
		w.must(w.FreezeByLink(t.Context(), origin(), w.mailed(tom, idp.LinkNotMe), w.now)) // of what happens afterwards
	})
}

func TestUnlockEndsEveryLock(t *testing.T) { // ABUSE 18
	lock := func(w *town, subject string, proof idp.Proof) {
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.UpdateGuard(ctx, subject, proof, func(g idp.Guard) idp.Guard {
				for range policy.MaxFailures {
					g, _ = policy.Try(g, false, w.now)
				}
				return g
			})
		})
	}
	known := policy.KnownGuard("tom@example.com", 3)
	inTown(t, func(t *testing.T, w *town) {
		shared := policy.PasswordGuard("tom@example.com")
		w.must(w.UnlockUser(t.Context(), by(uma), "usr_"+tom, w.now))
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("nothing was locked: %+v", left)
		}
		for _, subject := range []string{shared, known} {
			lock(w, subject, idp.ProofPassword)
		}
		lock(w, "usr_"+tom, idp.ProofCode)
		lock(w, "usr_"+tom, idp.ProofPIN)
		w.must(w.UnlockByLink(t.Context(), origin(), w.mailed(tom, idp.LinkUnlock), w.now))
		w.wantEvent(idp.EventUserUnlocked, idp.ResultSuccess, "")
		for _, subject := range []string{shared, known} {
			if g := w.guard(subject, idp.ProofPassword); g.Locked || g.Locks != 0 {
				t.Errorf("%s: %+v", subject, g)
			}
		}
		if g := w.guard("usr_"+tom, idp.ProofPIN); !g.Locked {
			t.Error("a mailbox unlocked the PIN")
		}
		w.must(w.UnlockUser(t.Context(), by(uma), "usr_"+tom, w.now))
		if e := w.wantEvent(idp.EventUserUnlocked, idp.ResultSuccess, ""); e.Details["proofs"] != "code pin" {
			t.Errorf("event %+v", e)
		}
		for _, proof := range []idp.Proof{idp.ProofCode, idp.ProofPIN} {
			if g := w.guard("usr_"+tom, proof); g.Locked || g.Failures != 0 {
				t.Errorf("%s: %+v", proof, g)
			}
		}
	})
}
