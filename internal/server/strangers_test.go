package server_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// stranger sends requests as a script does: no cookies are kept, and no redirect is followed.
type stranger struct {
	t      *testing.T
	client *http.Client
	again  atomic.Int64 // how many requests were sent again
}

func newStranger(t *testing.T) *stranger {
	return &stranger{t: t, client: &http.Client{
		Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send makes the request; a form is posted. It returns the status, and where the answer leads. On a crowded machine a store may not
// answer within the product's bound: the request is sent again then, as the answer (503) asks for.
func (s *stranger) send(address string, form url.Values) (status int, to string) {
	status, to = s.once(address, form)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for until := time.Now().Add(patience); status == http.StatusServiceUnavailable && time.Now().Before(until); <-again.C {
		s.again.Add(1)
		status, to = s.once(address, form)
	}
	return status, to
}

func (s *stranger) once(address string, form url.Values) (status int, to string) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Error(err)
		return 0, ""
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Error(err)
		return 0, ""
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode, response.Header.Get("Location")
}

// rowsOf counts the rows of every table.
func rowsOf(t *testing.T, store *sqlstore.Store) map[string]int {
	t.Helper()
	rows, err := store.DB().QueryContext(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
	if err != nil {
		rows, err = store.DB().QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table'")
	}
	if err != nil {
		t.Fatal(err)
	}
	tables := scanned(t, rows)
	counts := map[string]int{}
	for _, table := range tables {
		var n int
		if err := store.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM "`+table+`"`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

func scanned(t *testing.T, rows *sql.Rows) (texts []string) {
	t.Helper()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}

// ABUSE 52: two thousand requests of strangers, of every kind that needs no sign-in, leave a handful of events in SQL and nothing else,
// and in Redis less than 2 KB for each sign-in that was begun, for a quarter of an hour.
func TestTwoThousandRequestsOfStrangersCostLittle(t *testing.T) {
	const (
		begun, each = 800, 200
		decoys      = 16
		events      = 20 // one for each kind; the clock stands still
		own         = 2  // rows of the node's own work
	)
	for name, on := range stores() {
		t.Run(name, func(t *testing.T) {
			c := testworld.Config(t)
			on(t, &c)
			d, _ := start(t, c, &testenv.Clock{})
			issuer, s := d.Manifest.Issuer, newStranger(t)
			authorize := testworld.NewVisitor(t, "").Ask(http.MethodGet, d.Manifest.Apps[0].URL+"/auth/login", nil).To
			padding := "&ui_locales=" + strings.Repeat("b", 900)
			for i := range 8 {
				padding += fmt.Sprintf("&x%d=", i) + strings.Repeat("c", 900)
			}
			var before map[string]int
			eventually(t, "what the start wrote to be sealed", patience, func() bool {
				before = rowsOf(t, d.Records())
				return before["events"] == before["log_leaves"]
			})

			parallel(begun, func(i int) {
				if status, to := s.send(authorize+padding, nil); !strings.HasPrefix(to, "/signin/") {
					t.Errorf("authorize: %d to %q", status, to)
				}
			})
			parallel(each, func(i int) {
				who := url.Values{"username": {fmt.Sprintf("nobody%d@x.example", i)}}
				for path, form := range map[string]url.Values{
					"/account/forgot": who, "/account/unlock": who, fmt.Sprintf("/account/link/%043d", i): {"action": {"unlock"}},
					fmt.Sprintf("/authorize?client_id=app%d&redirect_uri=https://x.example&response_type=code", i): nil,
					"/oauth/token":      {"grant_type": {"client_credentials"}, "client_id": {fmt.Sprint("app", i)}, "client_secret": {"s"}},
					"/oauth/introspect": {"token": {fmt.Sprint("token", i)}, "client_id": {fmt.Sprint("app", i)}, "client_secret": {"s"}},
				} {
					if status, _ := s.send(issuer+path, form); status >= 500 {
						t.Errorf("%s: %d", path, status)
					}
				}
			})
			var after map[string]int
			eventually(t, "the requests for mails to be looked at", patience, func() bool {
				after = rowsOf(t, d.Records())
				return after["river_job"] <= before["river_job"]+own
			})
			for table, n := range after {
				most := 0
				switch {
				case table == "events", table == "unsealed_events", strings.HasPrefix(table, "log_"):
					most = events
				case table == "guards":
					most = decoys
				case strings.HasPrefix(table, "river_"), strings.HasPrefix(table, "sqlite_"), table == "reminders":
					most = own
				}
				if grown := n - before[table]; grown > most {
					t.Errorf("%s grew by %d rows", table, grown)
				}
			}
			if name == "Postgres and Redis" {
				wantSmall(t, c.RedisURL.Reveal(), begun, begun+int(s.again.Load()))
			}
		})
	}
}

// longestLife is more than the time to live of any key in Redis.
const longestLife = 36 * time.Hour

func parallel(n int, each func(i int)) {
	var all sync.WaitGroup
	turns := make(chan struct{}, 8)
	for i := range n {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			each(i)
		})
	}
	all.Wait()
}

// wantSmall looks at what lies in Redis after so many sign-ins were begun, and nothing else was done that is kept. There are more than
// were answered if Redis kept what it answered too late.
func wantSmall(t *testing.T, address string, begun, most int) {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	signins := 0
	for _, key := range keys {
		bytes, err := client.MemoryUsage(t.Context(), key).Result()
		if errors.Is(err, redis.Nil) {
			continue // it ended just now
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes > 2048 {
			t.Errorf("%s takes %d bytes", key, bytes)
		}
		life, err := client.TTL(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(key, "apsid:mark:") { // one for an installation, and of no stranger
			continue
		}
		if life <= 0 && life != -2 || life > longestLife { // -2: it ended just now
			t.Errorf("%s is kept for %s", key, life)
		}
		if strings.Contains(key, ":signin:") {
			signins++
			if life <= 0 || life > signin.Untouched {
				t.Errorf("%s is kept for %s", key, life)
			}
		}
	}
	if others := len(keys) - signins; signins < begun || signins > most || others > 40 {
		t.Errorf("%d sign-ins and %d other keys, want %d to %d and a few counters", signins, others, begun, most)
	}
}
