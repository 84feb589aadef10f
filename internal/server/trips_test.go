package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// direct is an http.RoundTripper that asks a handler, without a connection.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

// step is a request of a sign-in, and how often it asks each server.
type step struct {
	name       string
	sql, redis int
}

// TestASignInAsksStoresSeldom holds how often each request of a sign-in asks a server and waits, as TestTokensAskStoresSeldom of package
// oidcop does for tokens. The node is not run, so that nothing else asks.
func TestASignInAsksStoresSeldom(t *testing.T) {
	sql, statements := storetest.CountPostgres(t, storetest.Postgres(t))
	redis, commands := storetest.CountRedis(t, testenv.Redis(t))
	c := testworld.Config(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(sql), config.NewSecret(redis)
	clock := &testenv.Clock{}
	d, err := demo.New(t.Context(), c, testworld.Deps(clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	for _, one := range []struct {
		who   string
		steps []step
	}{
		{"aroha", []step{{"authorize", 0, 2}, {"password page", 0, 1}, {"password", 8, 5}, {"done", 1, 3}, {"token", 2, 1}}},
		{"tom", []step{{"authorize", 0, 2}, {"password page", 0, 1}, {"password", 7, 5}, {"code page", 0, 1}, {"code", 10, 3}, {"done", 1, 3}, {"token", 2, 1}}},
	} {
		t.Run(one.who, func(t *testing.T) {
			var made []step
			var said []string
			for range 2 { // at first connections are made, statements prepared and scripts loaded
				made, said = signInAlone(t, d, one.who, clock, statements, commands)
				clock.Advance(time.Minute) // to the next code
			}
			if !slices.Equal(made, one.steps) {
				t.Errorf("%v, want %v:\n%s", made, one.steps, strings.Join(said, "\n"))
			}
		})
	}
}

// signInAlone signs a person in with a browser that is new, and redeems the code.
func signInAlone(t *testing.T, d *demo.Demo, who string, clock *testenv.Clock, statements, commands *storetest.Trips) (made []step, said []string) {
	t.Helper()
	v, person, app := testworld.NewVisitor(t, d.Manifest.Issuer), testworld.PersonOf(t, d.Manifest, who), d.Manifest.Apps[0]
	v.Client.Transport = direct{d.Handler()}
	ask := func(name, method, address string, form url.Values) (p testworld.Page) {
		var sql, redis []string
		sql = statements.Said(func() {
			redis = commands.Said(func() { p = v.Ask(method, address, form) })
		})
		made = append(made, step{name, len(sql), len(redis)})
		said = append(said, fmt.Sprintf("%s\n\t%s\n\t%s", name, strings.Join(sql, "\n\t"), strings.Join(redis, "\n\t")))
		return p
	}
	const callback = testworld.Unlistened + "callback"
	authorize := "/authorize?" + url.Values{
		"client_id": {app.ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid offline_access"},
		"state": {"s"}, "nonce": {"n"},
	}.Encode()
	d.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, d.Manifest.Issuer+authorize, http.NoBody)) // the app is in memory now
	p := ask("authorize", http.MethodGet, authorize, nil)
	p = ask("password page", http.MethodGet, p.To, nil)
	p = ask("password", http.MethodPost, p.At, url.Values{"username": {person.Username}, "password": {person.Password}})
	if strings.HasSuffix(p.To, "/totp") {
		p = ask("code page", http.MethodGet, p.To, nil)
		p = ask("code", http.MethodPost, p.At, url.Values{"code": {testworld.Code(t, person.TOTPKey, clock)}})
	}
	p = ask("done", http.MethodGet, p.To, nil)
	answer, err := url.Parse(p.To)
	if err != nil || !strings.HasPrefix(p.To, callback) {
		t.Fatalf("%d to %q, %v\n%s", p.Status, p.To, err, p.Body)
	}
	p = ask("token", http.MethodPost, "/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Query().Get("code")}, "redirect_uri": {callback},
		"client_id": {app.ClientID}, "client_secret": {app.ClientSecret},
	})
	if p.Status != http.StatusOK {
		t.Fatalf("%d %s", p.Status, p.Body)
	}
	return made, said
}
