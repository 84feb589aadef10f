package directory_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// origin is a browser that no one has signed in with.
func origin() directory.Origin {
	return directory.Origin{Address: "203.0.113.9", UserAgent: "Test/1"}
}

func ptr[T any](value T) *T { return &value }

// edit edits a person as they are now.
func (w *town) edit(caller directory.Caller, name string, edit directory.UserEdit) error {
	w.t.Helper()
	edit.Version = w.account(name).User.Version
	_, err := w.UpdateUser(w.t.Context(), caller, idp.UserID("usr_"+name), edit, w.now)
	return err
}

// mailed puts a link into the person's mailbox, for an hour.
func (w *town) mailed(name string, purpose idp.LinkPurpose) idp.Secret {
	w.t.Helper()
	token := idp.RandomSecret(32)
	user := w.account(name).User
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateLink(ctx, idp.Link{
			Hash: token.Hash(), Purpose: purpose, PracticeID: user.PracticeID, UserID: user.ID,
			CreatedBy: shell.Actor, CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour),
		})
	})
	return token
}

// mail returns the messages queued since it was last called; what other callers asked for is answered first, as the worker does.
func (w *town) mail() (sent []idp.Notice) {
	w.t.Helper()
	for i := 0; i < len(w.notices); i++ { // answers are added while we look
		answered, err := w.Answer(w.t.Context(), w.notices[i], w.now)
		w.must(err)
		if !answered {
			sent = append(sent, w.notices[i])
		}
	}
	w.notices = nil
	return sent
}

// letter returns the only message that was queued since mail was last called.
func (w *town) letter(kind idp.NoticeKind) idp.Notice {
	w.t.Helper()
	sent := w.mail()
	if len(sent) != 1 || sent[0].Kind != kind {
		w.t.Fatalf("sent %+v, want one %s", sent, kind)
	}
	return sent[0]
}

// wantEvent returns the only event since fresh was last called, which is of this kind and result.
func (w *town) wantEvent(kind idp.EventType, result idp.Result, reason idp.Reason) idp.AuditEvent {
	w.t.Helper()
	left := w.fresh()
	if len(left) != 1 || left[0].Type != kind || left[0].Result != result || left[0].Reason != reason {
		w.t.Fatalf("events %+v, want one %s %s %q", left, kind, result, reason)
	}
	return left[0]
}

// invited invites a person and returns the person and the token in the mail.
func (w *town) invited(username string, roles ...idp.Role) (idp.User, idp.Secret) {
	w.t.Helper()
	user, err := w.InviteUser(w.t.Context(), by(olivia), directory.Invitation{
		PracticeID: practiceX, Username: username, Name: "Nell Rota", Roles: roles,
	}, w.now)
	w.must(err)
	n := w.letter(idp.NoticeInvite)
	if n.Email != user.Username || n.By != olivia || n.Practice != string(practiceX) {
		w.t.Errorf("invitation %+v", n)
	}
	return user, n.Link
}

// atOnce uses a link so many times at once: exactly one counts.
func (w *town) atOnce(posts int, use func() error) {
	w.t.Helper()
	var done, refused atomic.Int32
	var all sync.WaitGroup
	for range posts {
		all.Go(func() {
			switch err := use(); {
			case err == nil:
				done.Add(1)
			case errors.Is(err, idp.ErrUsed):
				refused.Add(1)
			default:
				w.t.Errorf("a post at the same time: %v", err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 || int(refused.Load()) != posts-1 {
		w.t.Errorf("%d counted, %d were refused", done.Load(), refused.Load())
	}
}

func wantCode(t *testing.T, what string, err error, code idp.Code) {
	t.Helper()
	if idp.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}
