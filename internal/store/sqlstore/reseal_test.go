package sqlstore_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// rotating is a sealer whose keys are rotated, and which may be made to do something when a value is opened.
type rotating struct {
	*seal.Sealer
	keys   *seal.Keyset
	opened func(place string)
}

func (r *rotating) Open(sealed []byte, place string) ([]byte, error) {
	if r.opened != nil {
		r.opened(place)
	}
	return r.Sealer.Open(sealed, place)
}

// rotate adds a key and promotes it, and returns the one of before.
func (r *rotating) rotate(t testing.TB) (before, after uint32) {
	t.Helper()
	for _, k := range r.keys.Keys() {
		if k.Primary {
			before = k.ID
		}
	}
	added, after, err := r.keys.Add()
	must(t, err)
	r.keys, err = added.Promote(after)
	must(t, err)
	must(t, r.Replace(r.keys))
	return before, after
}

// onBoth runs a test on both engines, in a world whose keys are rotated.
func onBoth(t *testing.T, test func(t *testing.T, w *world, r *rotating)) {
	for name, url := range map[string]func(testing.TB) string{
		"SQLite":   func(t testing.TB) string { return storetest.SQLiteAt(t, oddFile(t)) },
		"Postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := seal.Generate()
			must(t, err)
			sealer, err := seal.New(keys)
			must(t, err)
			r, told := &rotating{Sealer: sealer, keys: keys}, &told{}
			told.store = openSealed(t, url(t), r, patient(sqlstore.Options{}))
			test(t, newWorld(t, told.store, told), r)
		})
	}
}

// everySecret stores one value in each sealed place.
func (w *world) everySecret(t testing.TB) {
	t.Helper()
	w.bind(t, w.totp(w.ada), w.sms(w.ada), w.passkey(w.ada))
	must(t, w.CreateKey(t.Context(), w.key("ES256", w.now), idp.AuditEvent{}))
	must(t, w.CreateLogKey(t.Context(), idp.NewSecret("private"), w.now))
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return errors.Join(tx.EnqueueNotice(ctx, w.warning()),
			tx.EnqueueNotice(ctx, idp.Notice{Kind: idp.NoticeInvite, UserID: w.ada.ID, Email: "ada@harbour.example", At: w.now}))
	})
}

// everyTable asks the database itself, so that a table that nobody thought of is found.
func everyTable(t testing.TB, w *world) (tables []string) {
	t.Helper()
	query := "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	if w.Engine() == sqlstore.SQLite {
		query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
	}
	rows, err := w.DB().QueryContext(t.Context(), query)
	must(t, err)
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	must(t, errors.Join(rows.Err(), rows.Close()))
	return tables
}

// sealedWith lists the tables that hold something that a key sealed, as bytes or as text.
func (w *world) sealedWith(t testing.TB, id uint32) (tables []string) {
	t.Helper()
	raw := seal.Prefix(id)
	text := []byte(base64.StdEncoding.EncodeToString(raw)[:6])
	for _, table := range everyTable(t, w) {
		for _, cell := range w.cells(t, table) {
			if bytes.Contains(cell, raw) || bytes.Contains(cell, text) {
				tables = append(tables, table)
			}
		}
	}
	slices.Sort(tables)
	return slices.Compact(tables)
}

// counted sums up what each key sealed, by what CountSealed says.
func (w *world) counted(t testing.TB) map[uint32]int64 {
	t.Helper()
	counts, err := w.CountSealed(t.Context())
	must(t, err)
	sum := map[uint32]int64{}
	for _, c := range counts {
		id, ok := seal.KeyOf(c.Prefix)
		if !ok {
			t.Errorf("%s: %x names no key", c.Column, c.Prefix)
		}
		sum[id] += c.Values
	}
	return sum
}

// No place is forgotten: after the keys were rotated and everything was sealed again, the old key opens nothing in any table.
func TestResealLeavesNothingToTheOldKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world, r *rotating) {
		w.everySecret(t)
		before, after := r.rotate(t)
		const places = 7 // three columns of authenticators, a signing key, a log key, two messages
		if got := w.sealedWith(t, before); !slices.Equal(got, []string{"authenticators", "log_keys", "river_job", "signing_keys"}) {
			t.Fatalf("the test fills %v: each sealed place has to be listed in sealedColumns, and filled here", got)
		}
		same(t, w.counted(t), map[uint32]int64{before: places})
		last := map[string]sqlstore.Resealed{}
		must(t, w.Reseal(t.Context(), seal.Prefix(after), 1, func(r sqlstore.Resealed) error {
			last[r.Column] = r
			return nil
		}))
		done := int64(0)
		for column, r := range last {
			if done += r.Done; r.Left != 0 || r.Skipped != 0 || r.Done == 0 {
				t.Errorf("%s: %+v", column, r)
			}
		}
		same(t, done, places)
		if got := w.sealedWith(t, before); len(got) > 0 {
			t.Errorf("%v hold values that only the old key opens", got)
		}
		same(t, w.counted(t), map[uint32]int64{after: places})
		retired, err := r.keys.Retire(before, false)
		must(t, err)
		must(t, r.Replace(retired))
		account, err := w.FindAccount(t.Context(), w.ada.ID)
		must(t, err)
		same(t, []string{account.Authenticators[0].Phone.Reveal() + account.Authenticators[1].Phone.Reveal()}, []string{w.sms(w.ada).Phone.Reveal()})
		keys, err := w.ListKeys(t.Context())
		must(t, err)
		same(t, keys[0].Private.Reveal(), w.key("ES256", w.now).Private.Reveal())
		private, err := w.FindLogKey(t.Context())
		must(t, err)
		same(t, private.Reveal(), "private")
	})
}

// It is begun again where it ended.
func TestResealIsResumed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world, r *rotating) {
		for range 7 {
			w.bind(t, w.totp(w.ada))
		}
		before, after := r.rotate(t)
		enough := errors.New("interrupted")
		err := w.Reseal(t.Context(), seal.Prefix(after), 2, func(r sqlstore.Resealed) error {
			if r.Done == 4 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
		same(t, w.counted(t), map[uint32]int64{before: 3, after: 4})
		var said []string
		must(t, w.Reseal(t.Context(), seal.Prefix(after), 2, func(r sqlstore.Resealed) error {
			if r.Column == "authenticators.totp_key" {
				said = append(said, fmt.Sprintf("%d of %d", r.Done, r.Done+r.Left))
			}
			return nil
		}))
		same(t, said, []string{"2 of 3", "3 of 3", "3 of 3"})
		same(t, w.counted(t), map[uint32]int64{after: 7})
	})
}

// What a person changes while their row is sealed again stays changed, and what they remove stays removed.
func TestResealNeverOverwritesAChange(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world, r *rotating) {
		w.everySecret(t)
		changed, removed := w.totp(w.ada), w.totp(w.bob)
		w.bind(t, changed, removed)
		_, after := r.rotate(t)
		fresh, err := r.Seal([]byte("NEWKEY"), "authenticators/totp_key/"+string(changed.ID))
		must(t, err)
		var once sync.Once
		r.opened = func(place string) {
			if !strings.HasPrefix(place, "authenticators/totp_key/") {
				return
			}
			once.Do(func() { // the batch is read, and nothing of it is written yet
				w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
					return tx.RemoveAuthenticator(ctx, w.other.ID, w.bob.ID, removed.ID)
				})
				statement := "UPDATE authenticators SET totp_key = $1 WHERE id = $2"
				_, err := w.DB().ExecContext(t.Context(), statement, fresh, string(changed.ID))
				must(t, err)
			})
		}
		must(t, w.Reseal(t.Context(), seal.Prefix(after), 100, func(sqlstore.Resealed) error { return nil }))
		r.opened = nil
		for _, a := range w.bound(t, w.ada) {
			if a.ID == changed.ID && a.TOTPKey.Reveal() != "NEWKEY" {
				t.Error("a key that was changed meanwhile was overwritten with the one of before")
			}
		}
		if len(w.bound(t, w.bob)) != 0 {
			t.Error("an authenticator that was removed meanwhile is back")
		}
	})
}

// An attacker who writes the tables moves a known key to a victim's row before everything is sealed again: that makes it no good there.
func TestResealKeepsAMovedValueShut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world, r *rotating) {
		known, victim, well := w.totp(w.bob), w.totp(w.ada), w.sms(w.bob)
		w.bind(t, known, victim, well)
		w.exec(t, "UPDATE authenticators SET totp_key = (SELECT totp_key FROM authenticators WHERE id = '"+string(known.ID)+"') WHERE id = '"+string(victim.ID)+"'")
		before, after := r.rotate(t)
		skipped := int64(0)
		must(t, w.Reseal(t.Context(), seal.Prefix(after), 10, func(r sqlstore.Resealed) error {
			if r.Left == 0 {
				skipped = max(skipped, r.Skipped)
			}
			return nil
		}))
		same(t, skipped, 1)
		same(t, w.counted(t), map[uint32]int64{before: 1, after: 2})
		if _, err := w.ListAuthenticators(t.Context(), w.mine.ID, w.ada.ID); idp.CodeOf(err) != idp.CodeInternal {
			t.Errorf("a moved key gives %v", err)
		}
		same(t, len(w.bound(t, w.bob)), 2)
	})
}
