package redisstore_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// process is one of the app's, with a connection of its own.
func process(t *testing.T, provider *rptest.Provider, redis string, now func() time.Time) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	config := provider.Config(server.URL + "/auth/callback")
	config.Store, config.Now = open(t, connect(t, redis), key(1)), now
	app, err := rp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", app.Handler(app.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := rp.SessionFrom(r.Context())
		token, err := app.AccessToken(r.Context(), s)
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, string(token))
	}))))
	return server.URL
}

func get(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(text)
}

// Two processes of an app share sessions: many requests at both refresh once, and a logout told to one holds at the other.
func TestTwoProcessesShareSessions(t *testing.T) { // ABUSE 2 and 35
	provider := rptest.New(t)
	provider.SignIn("usr_mia", map[string]any{"name": "Mia", "email": "mia@x.example"})
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	provider.Clock(now)
	redis := testenv.Redis(t)
	one, two := process(t, provider, redis, now), process(t, provider, redis, now)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	_, before := get(t, client, one+"/")

	ahead.Store(int64(6 * time.Minute))
	var group sync.WaitGroup
	tokens := make([]string, 40)
	for i := range tokens {
		group.Go(func() { _, tokens[i] = get(t, client, []string{one, two}[i%2]+"/") })
	}
	group.Wait()
	for _, token := range tokens {
		if token == before || token != tokens[0] {
			t.Fatalf("tokens differ, or are old: %q", tokens)
		}
	}
	if n := provider.Refreshes(); n != 1 {
		t.Errorf("%d refreshes", n)
	}

	token, err := provider.Sign("logout+jwt", provider.LogoutClaims("usr_mia", provider.Sessions("usr_mia")[0]))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{http.StatusOK, http.StatusBadRequest} { // the second is a replay at the other process
		status, err := rptest.SendLogout([]string{one, two}[i]+"/auth/backchannel-logout", token)
		if err != nil || status != want {
			t.Errorf("logout at process %d: %d %v", i+1, status, err)
		}
	}
	provider.Refuse()
	if status, _ := get(t, client, two+"/"); status != http.StatusForbidden {
		t.Errorf("the other process lets the person in: %d", status)
	}
}
