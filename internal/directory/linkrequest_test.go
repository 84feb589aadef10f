package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

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

// A person's mailbox must not be filled by other people's requests, and a name that no one has is counted like one that exists.
func TestRequestsAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for _, username := range []string{"tom@example.com", "nobody@example.com"} {
			for i := range policy.MailsPerName + 2 {
				w.must(w.RequestPasswordReset(ctx, directory.Origin{Address: "198.51.100.1"}, username, w.now.Add(time.Duration(i)*time.Minute)))
			}
			if len(w.notices) != policy.MailsPerName {
				t.Errorf("%s: %d were queued", username, len(w.notices))
			}
			w.mail()
			tooMany := 0
			for _, e := range w.fresh() {
				if e.Reason == "too_many" && e.Result == idp.ResultFailure && e.UserID == "" {
					tooMany++
				}
			}
			if tooMany != 2 {
				t.Errorf("%s: %d were over the limit", username, tooMany)
			}
		}
		for i := range policy.MailsPerAddress + 3 { // one address, many names
			w.must(w.RequestUnlock(ctx, directory.Origin{Address: "2001:db8::1"}, "tom"+strings.Repeat("x", i+1)+"@example.com", w.now))
		}
		w.must(w.RequestUnlock(ctx, directory.Origin{Address: "2001:db8::ffff:2"}, "olivia@example.com", w.now)) // the same network
		if len(w.notices) != policy.MailsPerAddress {
			t.Errorf("%d were queued for one network", len(w.notices))
		}
		w.must(w.RequestPasswordReset(ctx, origin(), "tom@example.com", w.now.Add(policy.MailWindow)))
		if len(w.notices) != policy.MailsPerAddress+1 {
			t.Error("the limit does not end")
		}
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
		for _, subject := range []string{"tom@example.com", "nobody@example.com"} {
			w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
				return tx.UpdateGuard(ctx, policy.PasswordGuard(subject), idp.ProofPassword, func(g idp.Guard) idp.Guard {
					return policy.LockUntil(g, w.now.Add(time.Hour), w.now)
				})
			})
			w.must(w.RequestUnlock(ctx, origin(), subject, w.now))
		}
		letter := w.letter(idp.NoticeUnlock)
		w.must(w.UnlockByLink(ctx, origin(), letter.Link, w.now))
		if policy.IsLocked(w.guard(policy.PasswordGuard("tom@example.com"), idp.ProofPassword), w.now) {
			t.Error("still locked")
		}
	})
}

// ABUSE 18: an attacker who knows only an address asks for unlocks while nothing is locked, which sends nothing, and then locks the
// password. The owner, who asks for a way back in, still gets one.
func TestRequestsThatSendNothingUseUpNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, attacker := t.Context(), directory.Origin{Address: "198.51.100.66"}
		for range policy.MailsPerName {
			w.must(w.RequestUnlock(ctx, attacker, "tom@example.com", w.now))
		}
		if sent := w.mail(); len(sent) != 0 {
			t.Fatalf("sent %+v", sent)
		}
		shared := policy.PasswordGuard("tom@example.com")
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.UpdateGuard(ctx, shared, idp.ProofPassword, func(g idp.Guard) idp.Guard {
				return policy.LockUntil(g, w.now.Add(time.Hour), w.now)
			})
		})
		w.must(w.RequestPasswordReset(ctx, origin(), "tom@example.com", w.now.Add(time.Minute)))
		letter := w.letter(idp.NoticePasswordReset)
		w.must(w.ResetByLink(ctx, origin(), letter.Link, idp.NewSecret(newPassword), w.now.Add(2*time.Minute)))
		if policy.IsLocked(w.guard(shared, idp.ProofPassword), w.now) {
			t.Error("the owner is kept out")
		}
	})
}
