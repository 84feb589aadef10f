package sqlstore_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// People are found in every practice, by any part of name and user name, and never with their password hash.
func testEverywhere(t *testing.T, w *world) {
	w.named(t, w.mine, "zoe.muller@x.example", "Zoë Müller")
	w.named(t, w.other, "sean@x.example", "Seán O’Brien")
	w.named(t, w.other, "k@x.example", "会計 太郎")
	for typed, want := range map[string][]string{
		"muller": {"zoe.muller"}, "ÜLLE": {"zoe.muller"}, "obrien": {"sean"}, "o'brien sean": {"sean"}, "郎": {"k"}, "zoe obrien": nil,
		"%": nil, "_": nil, "": nil, " ": nil, "'; DROP TABLE users; --": nil, strings.Repeat("x", 1<<16): nil, "\x00": nil,
	} {
		found, err := w.SearchEverywhere(t.Context(), typed, 10)
		must(t, err)
		var got []string
		for _, u := range found {
			got = append(got, strings.TrimSuffix(u.Username, "@x.example"))
			if !u.PasswordHash.IsZero() {
				t.Errorf("%q finds a password hash", typed)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.40q finds %q, want %q", typed, got, want)
		}
	}
	found, err := w.SearchEverywhere(t.Context(), "@x.example", 2)
	must(t, err)
	if len(found) != 2 {
		t.Errorf("%d people, want the first two", len(found))
	}
}

// Sessions are counted while they are open, with their people; by practice, app and strength.
func testSessionCount(t *testing.T, w *world) {
	tom := w.named(t, w.mine, "tom@x.example", "Tom")
	start := func(user idp.User, client idp.ClientID, acr idp.ACR, change ...func(*idp.Session)) {
		s := idp.Session{
			ID: idp.NewSID(), PracticeID: user.PracticeID, UserID: user.ID, ClientID: client, BrowserHash: idp.NewID("b"), ACR: acr,
			AuthTime: w.now, CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour), LastActivity: w.now,
		}
		s.SignOn = s.ID
		for _, each := range change {
			each(&s)
		}
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.StartSession(ctx, s) })
	}
	before := func(q directory.SessionQuery) directory.SessionCount {
		count, err := w.CountSessions(t.Context(), q, w.now)
		must(t, err)
		return count
	}
	was := before(directory.SessionQuery{PracticeID: w.mine.ID})
	start(tom, w.app.ID, idp.ACRMFA)
	start(tom, w.app.ID, idp.ACRPassword)
	start(w.ada, w.app.ID, idp.ACRPassword)
	start(w.ada, w.app.ID, idp.ACRPassword, func(s *idp.Session) { s.ExpiresAt = w.now })
	start(w.ada, w.app.ID, idp.ACRPassword, func(s *idp.Session) { s.AuthTime, s.CreatedAt = w.now.Add(-25*time.Hour), w.now.Add(-25*time.Hour) })
	for name, c := range map[string]struct {
		q    directory.SessionQuery
		want directory.SessionCount
	}{
		"practice":       {directory.SessionQuery{PracticeID: w.mine.ID}, directory.SessionCount{People: 2, Sessions: was.Sessions + 3}},
		"without MFA":    {directory.SessionQuery{PracticeID: w.mine.ID, WithoutMFA: true}, directory.SessionCount{People: 2, Sessions: 2}},
		"app":            {directory.SessionQuery{Clients: []idp.ClientID{w.app.ID}}, directory.SessionCount{People: 2, Sessions: was.Sessions + 3}},
		"another app":    {directory.SessionQuery{Clients: []idp.ClientID{"none"}}, directory.SessionCount{}},
		"other practice": {directory.SessionQuery{PracticeID: w.other.ID}, directory.SessionCount{}},
	} {
		if got := before(c.q); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.EndUserSessions(ctx, w.mine.ID, tom.ID, idp.EndRevoked, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now)
		return err
	})
	if got := before(directory.SessionQuery{PracticeID: w.mine.ID}); got.Sessions != was.Sessions+1 {
		t.Errorf("after some ended: %+v", got)
	}
}
