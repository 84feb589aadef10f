package redisstore_test

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// TestReportCostsOneRoundTrip: a report of activity asks Redis once and SQL not at all, but for the first of a session, and
// one in five minutes that SQL is told of.
func TestReportCostsOneRoundTrip(t *testing.T) {
	m := newMeter(t, open(t, testenv.Redis(t)))
	for range 5 { // the server learns the scripts
		m.now = m.now.Add(time.Minute)
		m.report(t)
	}
	usual, told := 0, 0
	for range 60 {
		m.now = m.now.Add(time.Minute)
		m.trips.Store(0)
		m.sql.Store(0)
		m.report(t)
		switch trips, sql := m.trips.Load(), m.sql.Load(); {
		case trips == 1 && sql == 0:
			usual++
		case trips == 2 && sql == 1:
			told++
		default:
			t.Errorf("%d round trips to Redis, %d calls of SQL", trips, sql)
		}
	}
	if usual != 48 || told != 12 {
		t.Errorf("%d reports without SQL and %d with it, want 48 and 12", usual, told)
	}
}

// BenchmarkReport is a report in the common case, on a real Redis; SQL is never asked.
func BenchmarkReport(b *testing.B) {
	m := newMeter(b, open(b, testenv.Redis(b)))
	m.report(b)
	m.trips.Store(0)
	m.sql.Store(0)
	b.ReportAllocs()
	for b.Loop() {
		m.now = m.now.Add(policy.ReportEvery(m.client))
		if m.now.After(m.from.Add(4 * time.Minute)) { // before SQL would be told
			b.StopTimer()
			m.restart(b)
			m.trips.Add(-1) // of making it known
			b.StartTimer()
		}
		m.report(b)
	}
	b.ReportMetric(float64(m.sql.Load())/float64(b.N), "sql/op")
	b.ReportMetric(float64(m.trips.Load())/float64(b.N), "trips/op")
}

// meter is the service over one session, and counts what it asks of Redis and of SQL.
type meter struct {
	*session.Service
	store   *redisstore.Store
	client  idp.Client
	session idp.Session
	from    time.Time
	now     time.Time
	trips   atomic.Int64
	sql     atomic.Int64
}

func newMeter(t testing.TB, store *redisstore.Store) *meter {
	t.Helper()
	m := &meter{store: store, client: idp.Client{Registration: idp.Registration{ID: "lodgements", Profile: idp.ProfileGovernmentConnected}}}
	var err error
	m.Service, err = session.New(session.Ports{
		Sessions: counted{m: m}, Tokens: counted{m: m}, Clients: noClients{}, Activity: store.Activity(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.restart(t)
	store.Raw().AddHook(m)
	return m
}

// restart begins another session, which Redis knows.
func (m *meter) restart(t testing.TB) {
	t.Helper()
	m.from = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	m.now = m.from
	m.session = idp.Session{
		ID: idp.NewSID(), ClientID: m.client.ID, AuthTime: m.from, CreatedAt: m.from, LastActivity: m.from,
		ExpiresAt: policy.SessionEnd(m.client, m.from),
	}
	p := session.Pulse{ClientID: m.client.ID, LastActivity: m.from, StoredAt: m.from, EndsAt: m.session.ExpiresAt, AuthTime: m.from}
	if err := m.store.Activity().Learn(t.Context(), m.session.ID, p, p.EndsAt); err != nil {
		t.Fatal(err)
	}
}

func (m *meter) report(t testing.TB) {
	t.Helper()
	if _, err := m.Report(t.Context(), m.session.ID, m.client, 0, m.now); err != nil {
		t.Fatal(err)
	}
}

// ProcessHook counts a command as one round trip.
func (m *meter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		m.trips.Add(1)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook counts a pipeline as one round trip.
func (m *meter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		m.trips.Add(1)
		return next(ctx, cmds)
	}
}

// DialHook leaves connecting alone.
func (m *meter) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

// counted is SQL with the meter's one session; what a report has no business to ask is nil, and panics.
type counted struct {
	session.Sessions
	session.Tokens
	m *meter
}

func (c counted) FindSession(context.Context, idp.SID) (idp.Session, error) {
	c.m.sql.Add(1)
	return c.m.session, nil
}

func (c counted) TouchSession(_ context.Context, _ idp.SID, at time.Time) error {
	c.m.sql.Add(1)
	c.m.session.LastActivity = at
	return nil
}

// noClients is not asked by a report.
type noClients struct{ session.Clients }
