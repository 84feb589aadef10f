package server_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// silent is an outbox that takes nothing in.
type silent struct{}

func (silent) Enqueue(context.Context, *sql.Tx, idp.Notice) error          { return nil }
func (silent) EnqueueLogouts(context.Context, *sql.Tx, []idp.Logout) error { return nil }

// ABUSE 58: the names that an earlier release took, and that mail may not reach, are listed; those that fit are not, however many.
func TestStoredUserNamesThatDoNotFitAreListed(t *testing.T) {
	for engine, address := range map[string]string{"SQLite": storetest.SQLite(t), "Postgres": storetest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			keys, err := seal.Generate()
			if err != nil {
				t.Fatal(err)
			}
			sealer, err := seal.New(keys)
			if err != nil {
				t.Fatal(err)
			}
			store, err := sqlstore.Open(t.Context(), address, sealer, silent{}, sqlstore.Options{Limit: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			names := map[string]string{"usr_a": "zoe\u0308@x.example", "usr_b": "<x@x.example>", "usr_z": "mi\u200ba@x.example"}
			for i := range 1200 {
				names[fmt.Sprintf("usr_m%d", i)] = fmt.Sprintf("zo\u00eb%d@b\u00fccher.example", i)
			}
			fill(t, store, names)
			database, err := config.Database{DatabaseURL: config.NewSecret(address)}.Complete()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			err = server.VisitUnfitUsernames(t.Context(), database, func(u server.UnfitUsername) error {
				got = append(got, fmt.Sprintf("%s %+q %s", u.User, u.Username, u.Why))
				return nil
			})
			want := []string{
				`usr_a "zoe\u0308@x.example" is written "zo\u00eb@x.example" today`, `usr_b "<x@x.example>" must look like name@example.com`,
				`usr_z "mi\u200ba@x.example" has a character that can’t be seen: type it by hand instead of copying it`,
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

// fill stores people of one practice, by identifier and user name.
func fill(t *testing.T, store *sqlstore.Store, names map[string]string) {
	t.Helper()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	err := store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		err := tx.CreatePractice(t.Context(), idp.Practice{
			ID: "prc_x", Kind: idp.PracticeCustomer, State: idp.PracticeActive, MFA: idp.MFAOff,
			PracticeDetails: idp.PracticeDetails{Name: "X", Region: idp.RegionAU, TimeZone: "Australia/Hobart"}, CreatedAt: now, UpdatedAt: now, Version: 1,
		})
		if err != nil {
			return err
		}
		for id, name := range names {
			err := tx.CreateUser(t.Context(), idp.User{
				ID: idp.UserID(id), PracticeID: "prc_x", Username: name, Name: "X", State: idp.UserActive, CreatedAt: now, UpdatedAt: now, Version: 1,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
