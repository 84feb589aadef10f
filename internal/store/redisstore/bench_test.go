package redisstore_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

func BenchmarkServer(b *testing.B) { steps(b, open(b, testenv.Redis(b))) }

// BenchmarkEmbedded must not grow with the number of keys.
func BenchmarkEmbedded(b *testing.B) { steps(b, open(b, redisstore.Embedded)) }

// steps is what the store adds to a sign-in step, a code exchange and a text message; ping is the floor.
func steps(b *testing.B, store *redisstore.Store) {
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	each := func(name string, once func(i int) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				if err := once(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	each("ping", func(int) error { return store.Ping(b.Context()) })

	tx := signin.Transaction{ID: idp.NewID(""), Version: 1, CreatedAt: now, ExpiresAt: now.Add(signin.Lifetime), Username: "kim@harbour.example"}
	transactions := store.Transactions()
	if err := transactions.Create(b.Context(), tx); err != nil {
		b.Fatal(err)
	}
	each("transaction find and update", func(int) error {
		found, err := transactions.Find(b.Context(), tx.ID)
		if err != nil {
			return err
		}
		return transactions.Update(b.Context(), found)
	})
	codes, run := store.Codes(), 0
	each("code create and consume", func(i int) error {
		if i == 1 {
			run++
		}
		hash := strconv.Itoa(run) + "-" + strconv.Itoa(i)
		if err := codes.CreateCode(b.Context(), hash, oidcop.Grant{ClientID: "timesheets"}, time.Minute); err != nil {
			return err
		}
		_, err := codes.ConsumeCode(b.Context(), hash)
		return err
	})
	limits, err := store.SMSLimits(policy.DefaultLimits(), func(idp.LimitName) {})
	if err != nil {
		b.Fatal(err)
	}
	each("text message take", func(i int) error {
		_, err := limits.Take(b.Context(), idp.SMSAsk{UserID: idp.UserID(strconv.Itoa(i)), Country: "AU"}, now)
		return err
	})
}
