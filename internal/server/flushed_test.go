package server_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// crowd starts n sessions of tom at the app, each with a refresh token, as a sign-in and a redemption would.
func crowd(t *testing.T, records *sqlstore.Store, m demo.Manifest, app demo.App, n int, now time.Time) []*held {
	t.Helper()
	account, err := records.FindAccountByUsername(t.Context(), testworld.PersonOf(t, m, "tom").Username)
	if err != nil {
		t.Fatal(err)
	}
	client, err := records.FindClient(t.Context(), idp.ClientID(app.ClientID))
	if err != nil {
		t.Fatal(err)
	}
	people := make([]*held, n)
	for i := range people { // each in a transaction of its own, as sign-ins are
		err = records.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			s := idp.Session{
				ID: idp.NewSID(), PracticeID: account.Practice.ID, UserID: account.User.ID, ClientID: client.ID,
				BrowserHash: idp.HashToken(fmt.Sprint("browser ", i)), ACR: idp.ACRMFA, AMR: []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA},
				AuthTime: now, CreatedAt: now, ExpiresAt: policy.SessionEnd(client, now), LastActivity: now,
			}
			s.SignOn = s.ID
			if err := tx.StartSession(t.Context(), s); err != nil {
				return err
			}
			secret := idp.RandomSecret(32)
			people[i] = &held{t: t, app: app, sid: s.ID, refresh: secret.Reveal()}
			return tx.CreateRefreshToken(t.Context(), idp.RefreshToken{
				Hash: secret.Hash(), SID: s.ID, ClientID: client.ID, UserID: account.User.ID, Scopes: []string{"offline_access", "openid"},
				AuthTime: now, CreatedAt: now, ExpiresAt: s.ExpiresAt,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return people
}

// together does the same with each, a few at a time.
func together(people []*held, each func(*held)) {
	var all sync.WaitGroup
	turns := make(chan struct{}, 8)
	for _, h := range people {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			each(h)
		})
	}
	all.Wait()
}

// ABUSE 44, 53: Redis is flushed under 200 live sessions of an app with a limit of inactivity. All survive; none lives longer.
func TestFlushedRedisEndsNoSessionAndExtendsNone(t *testing.T) {
	c, clock := testworld.Config(t), &testenv.Clock{}
	address := testenv.Redis(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(address)
	d, _ := start(t, c, clock)
	node, err := secondNode(t, d) // to look at the stores; it serves no one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	people := crowd(t, node.Records(), d.Manifest, d.Manifest.Apps[2], 200, clock.Now())
	issuer := d.Manifest.Issuer
	report := func(want int) func(*held) {
		return func(h *held) {
			if status, reason := h.report(issuer); status != want {
				t.Errorf("report: %d %s", status, reason)
			}
		}
	}
	renew := func(h *held) {
		if status, text := h.renew(issuer); status != http.StatusOK {
			t.Errorf("refresh: %d %s", status, text)
		}
	}
	together(people, renew)
	clock.Advance(10 * time.Minute)
	together(people, renew) // access tokens live five minutes
	together(people, report(http.StatusOK))

	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	if err := client.FlushDB(context.WithoutCancel(t.Context())).Err(); err != nil {
		t.Fatal(err)
	}
	together(people, renew)
	clock.Advance(4 * time.Minute)
	together(people, report(http.StatusOK))
	together(people, func(h *held) {
		if status := h.userinfo(issuer); status != http.StatusOK {
			t.Errorf("userinfo: %d", status)
		}
	})

	clock.Advance(4 * time.Minute)
	together(people, renew) // a refresh is no one's activity
	if err := client.FlushDB(context.WithoutCancel(t.Context())).Err(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(12 * time.Minute)
	together(people, func(h *held) { h.wantOver("after 16 minutes of silence", issuer, idp.EndIdle) })
}
