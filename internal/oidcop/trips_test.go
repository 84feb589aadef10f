package oidcop_test

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/apscloud/apsid/internal/standing"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// TestTokensAskStoresSeldom holds how often each operation asks a server and waits: a statement of SQL, or a command of Redis. That is most
// of what an operation costs, and nobody notices one more.
func TestTokensAskStoresSeldom(t *testing.T) {
	sql, statements := storetest.CountPostgres(t, storetest.Postgres(t))
	redis, commands := storetest.CountRedis(t, testenv.Redis(t))
	h := buildHouse(t, engines{sql: sql, redis: redis}, "http://127.0.0.1:4000")
	person, official := h.visitor().enter("timesheets", "usr_ana"), h.visitor().enter("vault", "usr_ana")
	machine := decode(t, h.machine())["access_token"].(string)
	introspect := func(token, client string) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return h.post("/oauth/introspect", url.Values{"token": {token}}, client, secret)
		}
	}
	var code string
	authorize := func(m *member) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			w := m.get("/authorize", requestOf(m.app, "prompt", "none"))
			code = location(w).Query().Get("code")
			return w
		}
	}
	redeem := func(m *member) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return h.post("/oauth/token", redemption(code, "redirect_uri", "https://"+m.app+".example/cb"), m.app, secret)
		}
	}
	key := h.holder()
	redeemBound := func(m *member) func() *httptest.ResponseRecorder { // each proof that is verified is a trip to Redis
		return func() *httptest.ResponseRecorder {
			return key.form("/oauth/token", redemption(code, "redirect_uri", "https://"+m.app+".example/cb"), key.proof("POST", "/oauth/token", ""))
		}
	}
	aSecond := func() *httptest.ResponseRecorder {
		h.clock.pass(standing.Lifetime)
		return nil
	}
	for _, c := range []struct {
		name       string
		before, do func() *httptest.ResponseRecorder
		status     int
		sql, redis int64
	}{
		{name: "client credentials", do: func() *httptest.ResponseRecorder { return h.machine() }, status: 200},
		{name: "introspection of a machine's", do: introspect(machine, "fusesign"), status: 200, redis: 1},
		{name: "introspection of a person's", do: introspect(person.access, "timesheets"), status: 200, redis: 1},
		{name: "introspection, the first in a second", before: aSecond, do: introspect(person.access, "timesheets"), status: 200, sql: 1, redis: 1},
		{name: "introspection of a refresh token", do: introspect(person.renewal, "timesheets"), status: 200, sql: 1, redis: 1}, // it is no access token
		{name: "introspection, with inactivity", do: introspect(official.access, "vault"), status: 200, redis: 2},
		{name: "userinfo", do: func() *httptest.ResponseRecorder { return h.userinfo(person.access) }, status: 200, redis: 1},
		{name: "userinfo, with inactivity", do: func() *httptest.ResponseRecorder { return h.userinfo(official.access) }, status: 200, redis: 2},
		{name: "refresh", do: person.renew, status: 200, sql: 2},
		{name: "refresh, with inactivity", do: official.renew, status: 200, sql: 2, redis: 1},
		{name: "a code for a session", do: authorize(person), status: 303, sql: 1, redis: 1},
		{name: "a code's tokens", before: authorize(person), do: redeem(person), status: 200, sql: 2, redis: 1},
		{name: "a code's tokens, with DPoP", before: authorize(person), do: redeemBound(person), status: 200, sql: 2, redis: 2},
		{name: "a code for a session, with inactivity", do: authorize(official), status: 303, sql: 1, redis: 2},
		{name: "a code's tokens, with inactivity", before: authorize(official), do: redeem(official), status: 200, sql: 2, redis: 2},
		{name: "activity", do: func() *httptest.ResponseRecorder { return official.report(`{"idle_seconds":3}`) }, status: 429, redis: 1}, // reported a moment ago
	} {
		var w *httptest.ResponseRecorder
		var ran, asked int64
		for range 2 { // at first connections are made, statements prepared and scripts loaded
			if c.before != nil {
				c.before()
			}
			ran = statements.Of(func() {
				asked = commands.Of(func() { w = c.do() })
			})
		}
		if w.Code != c.status || ran != c.sql || asked != c.redis {
			t.Errorf("%s: %d with %d statements and %d commands, want %d with %d and %d", c.name, w.Code, ran, asked, c.status, c.sql, c.redis)
		}
	}
}
