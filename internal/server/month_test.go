package server_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// month is an installation over a simulated month: people sign in each morning and their app refreshes through the day, while the keepers
// work each hour.
type month struct {
	*testing.T
	d        *demo.Demo
	clock    *testenv.Clock
	redis    *redis.Client
	owner    *sql.DB
	sessions *session.Service

	people    int                 // sign-ins a day
	refreshes int                 // of each, five minutes apart
	signedIn  map[string][2]int64 // keys and bytes by kind, when all had signed in
	days      int                 // more than 30, after which a session that ended is deleted
}

// Rows and keys of a month level off: the last days have what the days before had. Only the audit trail grows, by the same each day,
// until its archive takes as much. With APSID_TEST_MONTH, a number of people, each refreshes for eight hours a day, and the sizes that
// deploy/docs/scaling.md states are printed: see make month.
func TestAMonthLevelsOff(t *testing.T) {
	m := startMonth(t)
	if people, err := strconv.Atoi(os.Getenv("APSID_TEST_MONTH")); err == nil {
		m.people, m.refreshes = people, 96
	}
	var rows []map[string]int
	var keys []int
	for day := range m.days {
		m.workDay()
		counts := rowsOf(t, m.d.Records())
		if most := 4 * m.people; counts["refresh_tokens"] > most {
			t.Errorf("day %d: %d refresh tokens of %d sessions", day, counts["refresh_tokens"], m.people)
		}
		rows, keys = append(rows, counts), append(keys, m.keys())
		m.print(day, counts)
		m.rest()
	}
	last, before := m.days-1, m.days-3
	for table, n := range rows[last] {
		grown := n - rows[before][table]
		switch table {
		case "events", "log_leaves", "log_checkpoints":
			if usual := rows[12][table] - rows[10][table]; grown > usual*3/2 {
				t.Errorf("%s grew by %d rows in the last two days, by %d in the 11th and 12th", table, grown, usual)
			}
		case "river_job": // what an app did not take is tried for a day by the machine's clock, and not by the month's
		default:
			if grown > 2 {
				t.Errorf("%s still grows: by %d rows, to %d", table, grown, n)
			}
		}
	}
	if keys[last] > keys[2]*3/2+5 {
		t.Errorf("%d keys on the last day, %d on the third", keys[last], keys[2])
	}
}

func startMonth(t *testing.T) *month {
	t.Helper()
	c, clock := testworld.Config(t), &testenv.Clock{}
	address := testenv.Redis(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(address)
	d, _ := start(t, c, clock)
	m := &month{T: t, d: d, clock: clock, people: 2, refreshes: 12, days: 34, owner: storetest.Owner(t, d.Records())}
	options, err := redis.ParseURL(address)
	m.must(err)
	m.redis = redis.NewClient(options)
	t.Cleanup(func() { _ = m.redis.Close() })
	keyset, err := seal.Generate()
	m.must(err)
	sealer, err := seal.New(keyset)
	m.must(err)
	store, err := redisstore.Open(t.Context(), address, sealer)
	m.must(err)
	t.Cleanup(func() { _ = store.Close() })
	m.sessions, err = session.New(session.Ports{
		Sessions: d.Records(), Tokens: d.Records(), Clients: d.Records(), Activity: store.Activity(), Log: slog.New(slog.DiscardHandler),
	})
	m.must(err)
	return m
}

func (m *month) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

// workDay is everybody's sign-in and their refreshes.
func (m *month) workDay() {
	m.Helper()
	people, began := make([]*held, min(m.people, walkers)), m.clock.Now()
	tom, app := testworld.PersonOf(m.T, m.d.Manifest, "tom"), m.d.Manifest.Apps[0]
	for i := range people {
		m.pass(31 * time.Second) // for the next code
		people[i] = hold(m.T, m.d.Manifest, app, tom, m.clock)
	}
	m.multiply(began)
	m.signedIn = m.kinds()
	for n := range m.refreshes {
		m.pass(5 * time.Minute)
		together(people, func(h *held) {
			if status, text := h.renew(m.d.Manifest.Issuer); status != 200 {
				m.Errorf("refresh %d: %d %s", n, status, text)
			}
		})
		m.rotate()
		if n%12 == 11 {
			m.keep()
		}
	}
	m.keep()
}

// rest is the time until the next morning, past the end of every session.
func (m *month) rest() {
	m.Helper()
	for range 4 {
		m.pass(6 * time.Hour)
		m.keep()
	}
	m.pass(time.Hour)
	m.keep()
}

// pass moves the clock, and what Redis counts of it.
func (m *month) pass(d time.Duration) {
	m.Helper()
	m.clock.Advance(d)
	ctx := m.Context()
	names, err := m.redis.Keys(ctx, "*").Result()
	m.must(err)
	lives := make([]*redis.DurationCmd, len(names))
	_, err = m.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			lives[i] = p.PTTL(ctx, name)
		}
		return nil
	})
	m.must(err)
	_, err = m.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			life := lives[i].Val()
			switch {
			case life == -2: // it ended just now
			case strings.HasPrefix(name, "apsid:mark:"): // one for an installation
			case life <= 0 || life > longestLife:
				m.Errorf("%s is kept for %s", name, life)
			case life <= d:
				p.Del(ctx, name)
			default:
				p.PExpire(ctx, name, life-d)
			}
		}
		return nil
	})
	m.must(err)
}

// keep does what the nodes do each hour and more often. River's cleaner, which looks at the real clock, deletes what was delivered an
// hour ago.
func (m *month) keep() {
	m.Helper()
	ctx, now := m.Context(), m.clock.Now()
	_, err := m.sessions.Sweep(ctx, now)
	m.must(err)
	sealer, err := auditlog.NewSealer(ctx, m.d.Records(), now)
	m.must(err)
	_, err = sealer.Seal(ctx, now)
	m.must(err)
	_, err = m.d.Records().Clean(ctx, now)
	m.must(err)
	for _, statement := range []string{"DELETE FROM river_job WHERE finalized_at IS NOT NULL", "VACUUM"} { // as autovacuum does, and no serving role may
		_, err = m.owner.ExecContext(ctx, statement)
		m.must(err)
	}
}

func (m *month) keys() int {
	m.Helper()
	n, err := m.redis.DBSize(m.Context()).Result()
	m.must(err)
	return int(n)
}

// print tells the sizes at the end of a working day, when everybody is signed in; in the long form only.
func (m *month) print(day int, rows map[string]int) {
	m.Helper()
	if os.Getenv("APSID_TEST_MONTH") == "" {
		return
	}
	ctx := context.WithoutCancel(m.Context())
	var line []string
	for _, table := range []string{"sessions", "refresh_tokens", "events", "log_leaves", "spent", "guards", "links", "river_job"} {
		var bytes int64
		m.must(m.d.Records().DB().QueryRowContext(ctx, "SELECT pg_total_relation_size('"+table+"')").Scan(&bytes))
		line = append(line, fmt.Sprintf("%s %d rows %d kB", table, rows[table], bytes/1024))
	}
	fmt.Printf("day %d: %s; in Redis %v\n", day+1, strings.Join(line, ", "), m.signedIn)
}

// kinds counts the keys in Redis, and their bytes, by the first words of their names.
func (m *month) kinds() map[string][2]int64 {
	m.Helper()
	names, err := m.redis.Keys(m.Context(), "*").Result()
	m.must(err)
	kinds := map[string][2]int64{}
	for _, name := range names {
		bytes, err := m.redis.MemoryUsage(m.Context(), name).Result()
		if err == nil { // it has not ended meanwhile
			words := strings.Split(name, ":")
			kind := strings.Join(words[:min(3, len(words)-1)], ":")
			kinds[kind] = [2]int64{kinds[kind][0] + 1, kinds[kind][1] + bytes}
		}
	}
	return kinds
}
