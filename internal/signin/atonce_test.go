package signin_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// ABUSE 48: an attacker who knows the password signs in from several browsers at once, while the owner or an administrator takes the
// account away. What the database does inside of the transactions decides here, so it is tried on both engines.
func TestInterleavedAtOnce(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{
		"SQLite": storetest.SQLite, "Postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, url(t))
			s.Service = s.node() // the moments of the other test are not for several sign-ins at once
			s.now = s.now.Add(time.Minute)
			random := rand.New(rand.NewPCG(1, 2))
			for round := range 20 {
				r := s.newRun(random)
				for _, taken := range changes() {
					if taken.name == takings()[round%len(takings())] {
						r.raid(taken, time.Duration(random.IntN(8))*time.Millisecond)
					}
				}
			}
		})
	}
}

// takings are the changes after which no session of the person may be alive, in whatever order things came.
func takings() []string {
	return []string{
		"the owner resets the password", "an administrator disables the person", "APS suspends the practice", "the owner freezes the account",
		"the app is blocked for the person", "the app is taken from the practice",
	}
}

// raid signs in from several browsers while the change is made, and checks that nothing is left of them, even once the account is
// enabled again.
func (r *run) raid(taken change, after time.Duration) {
	r.way = byPassword
	r.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		practice, err := tx.FindPractice(ctx, r.practice)
		if err != nil {
			return err
		}
		practice.MFA = idp.MFAOff
		return tx.UpdatePractice(ctx, practice)
	})
	var thieves sync.WaitGroup
	tokens := make([]idp.Secret, 6)
	for i := range tokens {
		thieves.Go(func() { tokens[i] = r.thief() })
	}
	time.Sleep(after) // a random moment, so that the change meets the sign-ins at another of their steps each time
	err := taken.do(r)
	thieves.Wait()
	if err != nil {
		r.t.Fatalf("%s: %v", taken.name, err)
	}
	ctx := context.Background()
	account, err := r.sql.FindAccount(ctx, r.user)
	if err != nil {
		r.t.Fatal(err)
	}
	all, _, err := r.sql.ListSessions(ctx, r.practice, r.user, sqlstore.Page{Limit: 20})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range all {
		if s.EndedAt.IsZero() {
			r.t.Errorf("%s after %s: a session is alive; the person is %s, the practice %s", taken.name, after, account.User.State, account.Practice.State)
		}
	}
	for _, token := range tokens {
		if _, _, err := r.sql.FindRefreshTokenHolder(ctx, token.Hash()); !token.IsZero() && !errors.Is(err, idp.ErrNotFound) {
			r.t.Errorf("%s: a refresh token is left: %v", taken.name, err)
		}
	}
}

// thief signs in with the password and redeems the code, as far as that goes.
func (r *run) thief() idp.Secret {
	ctx := context.Background()
	begun, err := r.Begin(ctx, signin.Request{ClientID: "timesheets", RedirectURI: "https://timesheets.example/cb", Scopes: []string{"openid"}}, "198.51.100.7", r.now)
	if err != nil {
		r.t.Error(err)
		return idp.Secret{}
	}
	browser := signin.Browser{Transaction: begun.Transaction, Cookie: begun.Cookie, Address: "198.51.100.7"}
	out, err := r.Submit(ctx, browser, begun.State, signin.Form{Username: r.name, Password: idp.NewSecret(password)}, r.now)
	if err != nil || out.State != signin.StateDone {
		return r.beaten(err)
	}
	browser.Cookie = out.Cookie
	done, err := r.Finish(ctx, browser, r.now)
	if err != nil {
		return r.beaten(err)
	}
	client, err := r.sql.FindClient(ctx, "timesheets")
	if err != nil {
		return r.beaten(err)
	}
	alive, err := r.sessions.Check(ctx, done.Session.ID, client, r.now)
	if err == nil {
		err = r.sessions.Confirm(ctx, alive, client, r.now)
	}
	if err != nil {
		return r.beaten(err)
	}
	token := idp.RandomSecret(32)
	_, kept, err := r.sql.SpendFor(ctx, "code "+token.Hash(), r.now.Add(time.Minute), idp.RefreshToken{
		Hash: token.Hash(), SID: done.Session.ID, ClientID: client.ID, UserID: r.user, AuthTime: r.now, CreatedAt: r.now, ExpiresAt: r.now.Add(time.Hour),
	})
	if err == nil && !kept {
		err = idp.ErrNotFound
	}
	if err != nil {
		return r.beaten(err)
	}
	return token
}

// beaten is a thief's end. Only an answer that says so is one.
func (r *run) beaten(err error) idp.Secret {
	var restarted *signin.Restarted
	var ended *session.Ended
	if err != nil && !errors.As(err, &restarted) && !errors.As(err, &ended) && !errors.Is(err, idp.ErrNotFound) {
		r.t.Error(fmt.Errorf("a sign-in: %w", err))
	}
	return idp.Secret{}
}
