package oidcop_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
)

// stored counts the rows of refresh tokens, of all sessions.
func (h *house) stored() int {
	h.t.Helper()
	var n int
	if err := h.sql.DB().QueryRow("SELECT count(*) FROM refresh_tokens").Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// forgetToken deletes what is stored of the token.
func (h *house) forgetToken(token string) {
	h.t.Helper()
	if _, err := h.sql.DB().Exec("DELETE FROM refresh_tokens WHERE hash = '" + idp.HashToken(token) + "'"); err != nil {
		h.t.Fatal(err)
	}
}

// ABUSE 11: a used token ends its session whenever it comes back, though no row is kept of it: an app that refreshes every five minutes
// for a day has four.
func TestUsedRefreshTokenIsKnownForTheWholeSession(t *testing.T) {
	for name, after := range map[string]time.Duration{
		"a minute later": time.Minute, "ten minutes later": 10 * time.Minute, "an hour later": time.Hour, "at the end": 24*time.Hour - time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			books := h.visitor().enter("books", "usr_ana")
			used, sid := books.renewal, books.sid()
			next := books.renewed(used)
			for left := after; left > 0; left -= 5 * time.Minute {
				h.clock.pass(min(left, 5*time.Minute))
				next = books.renewed(next)
			}
			if n := h.stored(); n > 4 {
				t.Errorf("%d rows", n)
			}
			books.refused(used)
			books.refused(next)
			books.wantOver("revoked")
			if events := h.events(idp.EventRefreshReused); len(events) != 1 || events[0].SID != sid || events[0].UserID != "usr_ana" || events[0].ClientID != "books" {
				t.Errorf("audit trail: %+v", events)
			}
		})
	}
}

// longUsed is a house with a session whose first token was used an hour ago, and has left.
func longUsed(t *testing.T) (h *house, books *member, used, next string) {
	h = newHouse(t)
	books = h.visitor().enter("books", "usr_ana")
	used = books.renewal
	next = books.renewed(used)
	h.clock.pass(time.Hour)
	next = books.renewed(next)
	if h.stored() != 2 {
		t.Fatalf("%d rows", h.stored())
	}
	return h, books, used, next
}

// ABUSE 11: a made-up text, and another client's use of a real one, are refused and end nothing.
func TestForgedRefreshTokenEndsNothing(t *testing.T) {
	h, books, used, next := longUsed(t)
	other := h.visitor().enter("books", "usr_ana")
	secretOf := func(token string) []byte {
		return must(base64.RawURLEncoding.DecodeString(strings.SplitN(token, ".", 2)[0]))
	}
	text := func(secret []byte, sid string) string {
		return base64.RawURLEncoding.EncodeToString(secret) + "." + sid
	}
	forged := map[string]string{
		"a code's form":       idp.RandomSecret(32).Reveal() + "." + string(books.sid()),
		"another session":     text(secretOf(used), string(other.sid())),
		"no session":          base64.RawURLEncoding.EncodeToString(secretOf(used)),
		"random":              text(must(base64.RawURLEncoding.DecodeString(idp.RandomSecret(52).Reveal())), string(books.sid())),
		"longer":              text(append(secretOf(used), 0), string(books.sid())),
		"another form of it":  used + "=",
		"a later generation":  "",
		"an unused one's MAC": text(append(secretOf(used)[:36], secretOf(next)[36:]...), string(books.sid())),
	}
	later := secretOf(used)
	later[35]++
	forged["a later generation"] = text(later, string(books.sid()))
	for i := range secretOf(used) {
		changed := secretOf(used)
		changed[i] ^= 0x10
		forged["byte "+string(rune('0'+i))] = text(changed, string(books.sid()))
	}
	for name, token := range forged {
		wantError(t, h.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, "books", secret), 400, "invalid_grant")
		if !books.stored().EndedAt.IsZero() || !other.stored().EndedAt.IsZero() {
			t.Fatalf("%s: it ended a session", name)
		}
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {used}}
	wantError(t, h.post("/oauth/token", form, "rs", secret), 400, "invalid_grant")
	h.post("/oauth/revoke", url.Values{"token": {used}}, "rs", secret)
	next = books.renewed(next)
	books.refused(used) // and it still is what it was
	books.refused(next)
	books.wantOver("revoked")
	if n := len(h.events(idp.EventRefreshReused)); n != 1 {
		t.Errorf("%d events", n)
	}
}

// A database that has lost its last moments knows neither the newest token nor that it was given. That is no theft.
func TestLostRefreshTokenEndsNothing(t *testing.T) {
	h, books, _, next := longUsed(t)
	h.forgetToken(next)
	books.refused(next)
	if !books.stored().EndedAt.IsZero() || len(h.events(idp.EventRefreshReused)) != 0 {
		t.Error("the session ended")
	}
}

// RFC 7009, section 2.1: any token of the chain takes the session with it, also one that has left.
func TestLongUsedRefreshTokenIsRevoked(t *testing.T) {
	h, books, used, next := longUsed(t)
	h.post("/oauth/revoke", url.Values{"token": {used}}, "books", secret)
	books.refused(next)
	books.wantOver("revoked")
}

// ABUSE 47: what a node of the previous release made has no generation. It is refreshed, and its reuse is known by its row.
func TestRefreshTokenOfThePreviousRelease(t *testing.T) {
	h := newHouse(t)
	books := h.visitor().enter("books", "usr_ana")
	old := idp.RandomSecret(32).Reveal() + "." + string(books.sid())
	if _, err := h.sql.DB().Exec("UPDATE refresh_tokens SET generation = 0, hash = '" + idp.HashToken(old) + "'"); err != nil {
		t.Fatal(err)
	}
	next := books.renewed(old)
	for range 5 {
		h.clock.pass(time.Hour)
		next = books.renewed(next)
	}
	unknown := idp.RandomSecret(32).Reveal() + "." + string(books.sid())
	books.refused(unknown)
	next = books.renewed(next)
	books.refused(old)
	books.refused(next)
	books.wantOver("revoked")
}

// ABUSE 11: whatever the order of refreshes, lost answers, thefts and time: a token is answered while it is unused or within its grace,
// anything else of ours ends the session, and the rows stay few.
func TestRandomRefreshesAgreeWithTheRules(t *testing.T) {
	h := newHouse(t)
	rapid.Check(t, func(rt *rapid.T) {
		books := h.visitor().enter("books", "usr_ana")
		began := h.clock.read()
		type link struct {
			text string
			used time.Time
		}
		links := []*link{{text: books.renewal}}
		refresh := func(l *link) {
			now := h.clock.read()
			alive := now.Sub(began) < 24*time.Hour
			good := alive && (l.used.IsZero() || now.Sub(l.used) < 10*time.Second)
			books.renewal = l.text
			w := books.renew()
			if (w.Code == 200) != good {
				rt.Fatalf("%d %s, want it answered: %t", w.Code, w.Body, good)
			}
			if !good {
				if books.stored().EndedAt.IsZero() {
					rt.Fatal("the session goes on")
				}
				links = nil
				return
			}
			if l.used.IsZero() {
				l.used = now
			}
			links = append(links, &link{text: books.renewal})
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			if len(links) == 0 {
				return
			}
			steps := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 5 * time.Minute, time.Hour}
			h.clock.pass(rapid.SampledFrom(steps).Draw(rt, "pass"))
			which := len(links) - 1
			if rapid.IntRange(0, 9).Draw(rt, "an old one") == 0 {
				which = rapid.IntRange(0, which).Draw(rt, "which")
			}
			refresh(links[which])
		}
	})
}
