package directory_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// ABUSE 52: what visitors ask for names that no account has leaves an event, which shares a line with others, and no row; what they ask
// for a person waits in the queue, where it outlives the node.
func TestARequestForAMadeUpNameLeavesNoRow(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, ask := range []func(string) error{
			func(name string) error { return w.RequestPasswordReset(t.Context(), origin(), name, w.now) },
			func(name string) error { return w.RequestUnlock(t.Context(), origin(), name, w.now) },
		} {
			for name, queued := range map[string]int{"nobody@example.com": 0, "Tom@example.com": 1} {
				w.must(ask(name))
				asked := w.notices[0]
				w.notices = nil
				w.fresh()
				w.must(w.Sift(t.Context(), asked, w.now))
				if len(w.notices) != queued || queued == 1 && w.notices[0].Kind != asked.Kind {
					t.Errorf("%s for %s: queued %+v", asked.Kind, name, w.notices)
				}
				if events := w.fresh(); len(events) != 1-queued || queued == 0 && (events[0].Reason != idp.ReasonUnknownUser || !policy.Repeatable(events[0])) {
					t.Errorf("%s for %s: events %+v", asked.Kind, name, events)
				}
				w.notices = nil
			}
		}
	})
}

// ABUSE 26: a caller who asks for a new password does not learn which names exist: the request does the same for every name, and
// what it leaves in the queue differs by nothing but the name.
func TestForgottenPasswordTellsNobody(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		nell, _ := w.invited("nell@example.com")
		w.update(uma, func(u *idp.User) { u.State = idp.UserDisabled })
		w.must(w.SuspendPractice(ctx, by(riley), practiceY, w.now))
		w.fresh()
		for _, c := range []struct {
			username string
			sent     idp.NoticeKind
			user     idp.UserID
			reason   idp.Reason
		}{
			{" Tom@Example.com", idp.NoticePasswordReset, "usr_" + tom, ""},
			{"nobody@example.com", "", "", "unknown_user"},
			{"uma@example.com", "", "usr_" + uma, "inactive"},
			{"bob@example.com", "", "usr_" + bob, "inactive"},
			{"nell@example.com", idp.NoticeInvite, nell.ID, ""},
			{"nell@example.com", "", nell.ID, "invited_today"},
		} {
			w.must(w.RequestPasswordReset(ctx, origin(), c.username, w.now))
			if left := w.fresh(); len(left) != 0 || len(w.notices) != 1 {
				t.Fatalf("%s: events %+v, queued %+v", c.username, left, w.notices)
			}
			asked := w.notices[0]
			asked.Email = ""
			if asked.UserID != "" || asked.Name != "" || asked.Practice != "" || !asked.Link.IsZero() || asked.Address != "203.0.113.9" {
				t.Errorf("%s: the request holds %+v", c.username, asked)
			}
			sent := w.mail()
			if c.sent == "" && len(sent) != 0 || c.sent != "" && (len(sent) != 1 || sent[0].Kind != c.sent || sent[0].By != "") {
				t.Errorf("%s: sent %+v", c.username, sent)
			}
			result := idp.ResultSuccess
			if c.reason != "" {
				result = idp.ResultFailure
			}
			if e := w.wantEvent(idp.EventPasswordResetSent, result, c.reason); e.UserID != c.user || e.Actor.ID != "" || e.Address != "203.0.113.9" {
				t.Errorf("%s: event %+v", c.username, e)
			}
		}
		for _, bad := range []string{"", "tom", "tom@example.com\r\nBcc: x@example.com", strings.Repeat("a", 1<<20) + "@example.com"} {
			wantField(t, w.RequestPasswordReset(ctx, origin(), bad, w.now), "username")
		}
	})
}

func TestForgottenPasswordEndsInANewOne(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.must(w.RequestPasswordReset(ctx, origin(), "tom@example.com", w.now))
		first := w.letter(idp.NoticePasswordReset)
		if !first.Until.Equal(w.now.Add(directory.ResetLife)) || first.Email != "tom@example.com" || first.TimeZone != "Australia/Hobart" {
			t.Errorf("letter %+v", first)
		}
		w.must(w.SendPasswordReset(ctx, by(olivia), "usr_"+tom, w.now))
		second := w.letter(idp.NoticePasswordReset)
		if second.By != olivia {
			t.Errorf("letter %+v", second)
		}
		err := w.ResetByLink(ctx, origin(), first.Link, idp.NewSecret(newPassword), w.now)
		wantCode(t, "the older link", err, idp.CodeUsed)
		w.must(w.ResetByLink(ctx, origin(), second.Link, idp.NewSecret(newPassword), w.now))
		w.wantPassword(newPassword)
	})
}

// ABUSE 57: a person's mailbox must not be filled by other people's requests, from however many networks; the limit ends while the
// last link still works.
func TestRequestsDoNotFillAMailbox(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		most := policy.DefaultLimits()[idp.LimitRequestedMailsToMailbox].Most
		for i := range most + 2 {
			from := directory.Origin{Address: "198.51.100." + strconv.Itoa(i+1)}
			w.must(w.RequestPasswordReset(t.Context(), from, "tom@example.com", w.now))
		}
		sent := w.mail()
		if len(sent) != most {
			t.Errorf("%d were sent", len(sent))
		}
		tooMany := 0
		for _, e := range w.fresh() {
			if e.Reason == idp.ReasonTooMany && e.Result == idp.ResultFailure && e.UserID == "usr_"+tom && e.Details["limit"] == string(idp.LimitRequestedMailsToMailbox) {
				tooMany++
			}
		}
		if tooMany != 2 {
			t.Errorf("%d events name the limit", tooMany)
		}
		w.now = sent[0].Until.Add(-time.Minute)
		w.must(w.RequestPasswordReset(t.Context(), origin(), "tom@example.com", w.now))
		w.letter(idp.NoticePasswordReset)
	})
}

// ABUSE 57: one network can't fill the queue, whatever names it asks for, nor one mailbox after another.
func TestRequestsOfOneNetworkAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, limits := t.Context(), policy.DefaultLimits()
		most := limits[idp.LimitMailRequestsByNetwork].Most
		for i := range most + 3 { // many names
			w.must(w.RequestUnlock(ctx, directory.Origin{Address: "2001:db8::1"}, "tom"+strconv.Itoa(i)+"@example.com", w.now))
		}
		w.must(w.RequestUnlock(ctx, directory.Origin{Address: "2001:db8::ffff:2"}, "olivia@example.com", w.now)) // the same network
		if len(w.notices) != most {
			t.Errorf("%d were queued for one network", len(w.notices))
		}
		if e := w.fresh()[0]; e.Reason != idp.ReasonTooMany || e.Details["limit"] != string(idp.LimitMailRequestsByNetwork) {
			t.Errorf("event %+v", e)
		}
		w.notices = nil
		w.must(w.RequestPasswordReset(ctx, directory.Origin{Address: "2001:db8::1"}, "tom@example.com", w.now)) // ABUSE 18: another kind of mail
		w.letter(idp.NoticePasswordReset)

		mails, from := limits[idp.LimitRequestedMailsByNetwork].Most, directory.Origin{Address: "198.51.100.7"}
		for i := range mails + 2 {
			nell := "nell" + strconv.Itoa(i) + "@example.com"
			w.create(nell)
			w.must(w.RequestPasswordReset(ctx, from, nell, w.now))
		}
		if sent := w.mail(); len(sent) != mails {
			t.Errorf("%d were sent for one network", len(sent))
		}
		w.must(w.RequestPasswordReset(ctx, origin(), "nell"+strconv.Itoa(mails)+"@example.com", w.now)) // its invitation of the day is not used up
		w.letter(idp.NoticeInvite)
	})
}

func TestUnlockIsMailedOnlyWhileLocked(t *testing.T) { // ABUSE 18, 26
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.must(w.RequestUnlock(ctx, origin(), "tom@example.com", w.now))
		if sent := w.mail(); len(sent) != 0 {
			t.Errorf("sent %+v", sent)
		}
		w.wantEvent(idp.EventUnlockSent, idp.ResultFailure, "not_locked")
		for _, username := range []string{"tom@example.com", "nobody@example.com"} {
			w.lockOut(policy.PasswordGuard(username), w.now.Add(time.Hour))
			w.must(w.RequestUnlock(ctx, origin(), username, w.now))
		}
		letter := w.letter(idp.NoticeUnlock)
		w.must(w.UnlockByLink(ctx, origin(), letter.Link, w.now))
		if policy.IsLocked(w.guard(policy.PasswordGuard("tom@example.com"), idp.ProofPassword), w.now) {
			t.Error("still locked")
		}
	})
}

// ABUSE 18: an attacker who knows only an address asks again and again for unlocks while nothing is locked, and for new passwords,
// and then locks the password. The owner asks for a link that unlocks, and gets one.
func TestRequestsThatSendNothingUseUpNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, attacker := t.Context(), directory.Origin{Address: "198.51.100.66"}
		for range 40 {
			w.must(w.RequestUnlock(ctx, attacker, "tom@example.com", w.now))
			w.must(w.RequestPasswordReset(ctx, attacker, "tom@example.com", w.now))
		}
		for _, n := range w.mail() {
			if n.Kind != idp.NoticePasswordReset {
				t.Fatalf("sent %+v", n)
			}
		}
		shared := policy.PasswordGuard("tom@example.com")
		w.lockOut(shared, w.now.Add(time.Hour))
		for _, from := range []directory.Origin{attacker, origin()} { // the owner may sit behind the same network
			w.must(w.RequestUnlock(ctx, from, "tom@example.com", w.now.Add(time.Minute)))
			w.must(w.UnlockByLink(ctx, from, w.letter(idp.NoticeUnlock).Link, w.now.Add(2*time.Minute)))
			if policy.IsLocked(w.guard(shared, idp.ProofPassword), w.now) {
				t.Error("the owner is kept out")
			}
			w.lockOut(shared, w.now.Add(time.Hour))
		}
	})
}

// lockOut locks a counter of a password, as wrong passwords do.
func (w *town) lockOut(counter string, until time.Time) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.UpdateGuard(ctx, counter, idp.ProofPassword, func(g idp.Guard) idp.Guard { return policy.LockUntil(g, until, w.now) })
	})
}

// create brings a person in who has no password yet, without an invitation.
func (w *town) create(username string) {
	w.t.Helper()
	_, err := w.CreateUser(w.t.Context(), shell, directory.NewUser{PracticeID: practiceX, Username: username, Name: "Nell Rota"}, w.now)
	w.must(err)
}
