package signin_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// knownBrowser signs free@ in and returns what the browser keeps of it.
func (h *house) knownBrowser(before idp.Secret) idp.Secret {
	h.t.Helper()
	tab := h.open("timesheets").from(before)
	out, err := tab.try(login("free"))
	if err != nil || out.State != signin.StateDone || out.Known.IsZero() {
		h.t.Fatalf("signed in: %+v, %v", out, err)
	}
	return out.Known
}

// from makes the tab one of the browser that keeps this cookie.
func (b *tab) from(known idp.Secret) *tab {
	b.browser.Known = known
	return b
}

func guess(name string) signin.Form {
	return signin.Form{Username: name + "@example.com", Password: idp.NewSecret("wrong-horse-harbour")}
}

// lockOut is an attacker who knows an e-mail address and nothing else.
func (h *house) lockOut(name string) {
	h.t.Helper()
	for range policy.MaxFailures {
		if _, err := h.open("timesheets").try(guess(name)); err != nil {
			h.t.Fatal(err)
		}
	}
	h.open("timesheets").post(login(name), signin.StateEnded)
}

// ABUSE 18: an attacker who knows only an e-mail address locks out browsers that are not known, and not the owner's own browser.
func TestTheOwnerGetsInWhileSomebodyElseGuesses(t *testing.T) {
	h := newHouse(t)
	mine := h.knownBrowser(idp.Secret{})
	for range 3 {
		h.lockOut("free")
		h.now = h.now.Add(2 * time.Hour)
	}
	h.lockOut("free")
	h.open("timesheets").from(mine).post(login("free"), signin.StateDone)
	h.open("timesheets").post(login("free"), signin.StateEnded) // from elsewhere it stays locked
}

// guessAtOnce sends twenty wrong passwords together, from browsers that keep this cookie, and counts those that were answered as wrong.
func (h *house) guessAtOnce(name string, known idp.Secret) int32 {
	h.t.Helper()
	var guesses sync.WaitGroup
	var wrong atomic.Int32
	for range 20 {
		b := h.open("timesheets").from(known)
		guesses.Go(func() {
			out, err := b.node.Submit(context.Background(), b.browser, b.state, guess(name), h.now)
			for errors.Is(err, idp.ErrBusy) { // a slow machine: asking again succeeds
				out, err = b.node.Submit(context.Background(), b.browser, b.state, guess(name), h.now)
			}
			if err != nil {
				h.t.Error(err)
			}
			if out.Problem != nil {
				wrong.Add(1)
			}
		})
	}
	guesses.Wait()
	return wrong.Load()
}

// ABUSE 17: a known browser has five tries, not any number.
func TestAKnownBrowserLocksToo(t *testing.T) {
	h := newHouse(t)
	mine := h.knownBrowser(idp.Secret{})
	if n := h.guessAtOnce("free", mine); n != policy.MaxFailures-1 { // the fifth ends its sign-in
		t.Errorf("%d wrong guesses were answered as wrong", n)
	}
	h.open("timesheets").from(mine).post(login("free"), signin.StateEnded)
	h.open("timesheets").post(login("free"), signin.StateEnded) // and those who look at the person see the lock
	h.now = h.now.Add(16 * time.Minute)
	h.open("timesheets").from(mine).post(login("free"), signin.StateDone)
}

// ABUSE 17: however often a person signs in again, the counters of one password are bounded.
func TestKnownBrowsersAreBounded(t *testing.T) {
	h := newHouse(t)
	mine := h.knownBrowser(idp.Secret{})
	for range 4 {
		if _, err := h.open("timesheets").from(mine).try(guess("free")); err != nil {
			t.Fatal(err)
		}
	}
	// Another sign-in in the same browser, by its owner elsewhere: the failures stay.
	again, err := h.Recognise(t.Context(), mine, "free@example.com", h.now)
	if err != nil {
		t.Fatal(err)
	}
	h.open("timesheets").from(again).post(guess("free"), signin.StateEnded)
	names := policy.PasswordGuards("free@example.com")
	if len(names) != policy.KnownBrowsers+1 || names[policy.KnownBrowsers] != policy.PasswordGuard("free@example.com") {
		t.Errorf("counters %v", names)
	}
}

// The cookie of one person, of another make, of an old password, or kept too long, is none.
func TestWhatDoesNotMakeABrowserKnown(t *testing.T) {
	h := newHouse(t)
	mine := h.knownBrowser(idp.Secret{})
	h.lockOut("free")
	h.lockOut("never")
	h.open("timesheets").from(mine).post(login("never"), signin.StateEnded)
	for _, forged := range []string{"x", "eyJVc2VyIjoidXNyX2ZyZWUifQ", mine.Reveal()[:40], mine.Reveal() + "AA"} {
		h.open("timesheets").from(idp.NewSecret(forged)).post(login("free"), signin.StateEnded)
	}
	h.open("timesheets").from(mine).post(login("free"), signin.StateDone)

	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		account, err := tx.FindAccount(ctx, "usr_free")
		if err != nil {
			return err
		}
		account.User.PasswordChangedAt = h.now
		return tx.UpdateUser(ctx, account.User)
	})
	h.open("timesheets").from(mine).post(login("free"), signin.StateEnded) // the password changed

	later, err := h.Recognise(t.Context(), idp.Secret{}, "free@example.com", h.now)
	if err != nil {
		t.Fatal(err)
	}
	h.open("timesheets").from(later).post(login("free"), signin.StateDone)
	h.now = h.now.Add(signin.KnownLifetime)
	h.lockOut("free")
	h.open("timesheets").from(later).post(login("free"), signin.StateEnded)
}

// A browser that several people use knows each of them, and half a sign-in makes no one known.
func TestSeveralPeopleAtOneBrowser(t *testing.T) {
	h := newHouse(t)
	both := h.knownBrowser(idp.Secret{})
	tab := h.open("timesheets").from(both)
	out, err := tab.try(login("app"))
	if err != nil || !out.Known.IsZero() {
		t.Fatalf("the password alone makes known: %+v, %v", out, err)
	}
	out, err = tab.try(code(totpAt(t, totpKey, h.now)))
	if err != nil || out.State != signin.StateDone {
		t.Fatalf("%+v, %v", out, err)
	}
	h.lockOut("free")
	h.lockOut("app")
	h.open("timesheets").from(out.Known).post(login("free"), signin.StateDone)
	h.open("timesheets").from(out.Known).post(login("app"), signin.StateTOTP)
}

// ABUSE 18: a made-up user name must not reach the counter of a person's known browser.
func TestNoUserNameNamesAKnownBrowsersCounter(t *testing.T) {
	for browser := range policy.KnownBrowsers {
		name := policy.KnownGuard("free@example.com", browser)
		for _, typed := range []string{name, "free@example.com/known:1", "known-browser:1:free@example.com"} {
			if policy.PasswordGuard(typed) == name {
				t.Errorf("%q names %q", typed, name)
			}
		}
	}
}
