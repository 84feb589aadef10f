package sqlstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Text comes back as it went in, or is refused: never cut, folded or changed.
func testText(t *testing.T, w *world) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"unicode":    {"Ångström 会計 🧮 e\u0301 \u2028", nil},
		"case":       {"MiXeD", nil},
		"space":      {"  two  ends  ", nil},
		"quotes":     {`'"\%_; DROP TABLE clients; --`, nil},
		"markup":     {"<script>alert(1)</script>&amp;", nil},
		"empty":      {"", nil},
		"controls":   {"\x01\r\n\t\x1b\x7f", nil},
		"1 MB":       {strings.Repeat("é", 1<<19), nil},
		"NUL":        {"a\x00b", idp.ErrInvalid},
		"not UTF-8":  {"a\xffb", idp.ErrInvalid},
		"surrogates": {"\xed\xa0\x80", idp.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			app := w.client("other")
			app.InitiateLoginURI = c.text
			err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, app) })
			if c.want != nil {
				wants(t, err, c.want)
				if strings.Contains(err.Error(), c.text) {
					t.Error("the error quotes the text")
				}
				return
			}
			must(t, err)
			got, err := w.FindClient(t.Context(), app.ID)
			must(t, err)
			same(t, got, app)
			_, err = w.DB().ExecContext(t.Context(), "DELETE FROM clients WHERE id = 'other'")
			must(t, err)
		})
	}
	long := w.practice(strings.Repeat("é", 400))
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreatePractice(ctx, long) })
	longer := w.practice(strings.Repeat("é", 401))
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreatePractice(ctx, longer) })
	wants(t, err, idp.ErrInvalid)
	for _, name := range []string{"ada@harbour.example\x00", "\xff", "ADA@harbour.example", "ada@harbour.example ", strings.Repeat("a", 1<<20)} {
		_, err := w.FindAccountByUsername(t.Context(), name)
		wants(t, err, idp.ErrNotFound)
	}
}

// Times come back in UTC, cut to the microsecond, whatever zone they went in with, and compare right at any distance.
func testTime(t *testing.T, w *world) {
	sydney, err := time.LoadLocation("Australia/Sydney")
	must(t, err)
	for name, at := range map[string]time.Time{
		"zone and nanoseconds": time.Date(2026, 10, 4, 3, 0, 0, 999_999_999, sydney),
		"hour said twice":      time.Date(2026, 4, 5, 2, 30, 0, 0, sydney),
		"before 1970":          time.Date(1901, 1, 1, 0, 0, 0, 1000, time.UTC),
		"whole second":         time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		"far away":             time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			s := w.session(w.ada, w.app)
			s.AuthTime, s.ExpiresAt = at, at
			must(t, w.start(t, s))
			got, err := w.FindSession(t.Context(), s.ID)
			must(t, err)
			want := at.UTC().Truncate(time.Microsecond)
			if got.AuthTime != want || got.ExpiresAt != want { // == : the same location too
				t.Errorf("%v came back as %v", want, got.AuthTime)
			}
		})
	}
	var last []string
	for n, step := range []time.Duration{0, time.Microsecond, 10 * time.Microsecond, time.Millisecond, time.Second, time.Hour, 400 * 24 * time.Hour} {
		s := w.session(w.bob, w.app)
		s.CreatedAt = w.now.Truncate(time.Second).Add(step)
		must(t, w.start(t, s))
		last = append([]string{string(s.ID)}, last...)
		got, _, err := w.ListSessions(t.Context(), w.other.ID, w.bob.ID, sqlstore.Page{})
		must(t, err)
		if len(got) != n+1 {
			t.Fatalf("%d sessions, want %d", len(got), n+1)
		}
		same(t, ids(got, sessionID), last)
	}
}

// What was committed is seen by the next read, and what was not is not.
func testReadYourWrites(t *testing.T, w *world) {
	for n := range 20 {
		p := w.practice("new")
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			if err := tx.CreatePractice(ctx, p); err != nil {
				return err
			}
			inside, err := tx.FindPractice(ctx, p.ID)
			if err != nil {
				return err
			}
			same(t, inside, p)
			_, outside := w.FindPractice(ctx, p.ID)
			wants(t, outside, idp.ErrNotFound)
			return nil
		})
		if _, err := w.FindPractice(t.Context(), p.ID); err != nil {
			t.Fatalf("round %d: %v", n, err)
		}
	}
}

func testCancelled(t *testing.T, w *world) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.FindPractice(ctx, w.mine.ID)
	wants(t, err, idp.ErrUnavailable)
	err = w.InTx(ctx, func(*sqlstore.Tx) error { return nil })
	wants(t, err, idp.ErrUnavailable)

	ctx, cancel = context.WithCancel(t.Context())
	err = w.InTx(ctx, func(tx *sqlstore.Tx) error {
		err := tx.CreatePractice(ctx, w.practice("new"))
		cancel()
		return err
	})
	wants(t, err, idp.ErrUnavailable)
	if n := w.count(t, "practices"); n != 2 {
		t.Errorf("%d practices, want the two of before", n)
	}
}
