package redisstore_test

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// A hundred thousand live sessions must fit in 200 MB.
const bytesPerSession = 200 << 20 / 100_000

// TestManySessionsFit asks Redis itself what each of many sessions, all with a report, costs.
func TestManySessionsFit(t *testing.T) {
	store := open(t, testenv.Redis(t))
	const sessions = 2000
	keys := fill(t, store, sessions)
	total := 0
	for _, key := range keys {
		bytes, err := store.Raw().MemoryUsage(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		total += int(bytes)
	}
	t.Logf("%d bytes per session", total/sessions)
	if each := total / sessions; each <= 0 || each > bytesPerSession/4 { // the rest of what APS ID keeps there needs space too
		t.Errorf("a session takes %d bytes, want at most %d", each, bytesPerSession/4)
	}
}

// BenchmarkLiveSessions reports what the server's memory grows by for each of a hundred thousand sessions.
func BenchmarkLiveSessions(b *testing.B) {
	store := open(b, testenv.Redis(b))
	const sessions = 100_000
	for b.Loop() {
		if err := store.Raw().FlushDB(b.Context()).Err(); err != nil {
			b.Fatal(err)
		}
		before := usedMemory(b, store)
		fill(b, store, sessions)
		grown := usedMemory(b, store) - before
		b.ReportMetric(float64(grown)/sessions, "redis-B/session")
		b.ReportMetric(float64(grown)/(1<<20), "redis-MiB")
	}
}

// fill makes sessions known, each with a report, and returns their keys.
func fill(t testing.TB, store *redisstore.Store, sessions int) (keys []string) {
	t.Helper()
	activity, now := store.Activity(), time.Now()
	for range sessions {
		id := idp.NewSID()
		p := session.Pulse{ClientID: "lodgements", LastActivity: now, StoredAt: now, EndsAt: now.Add(24 * time.Hour), AuthTime: now}
		if err := activity.Learn(t.Context(), id, p, p.EndsAt); err != nil {
			t.Fatal(err)
		}
		if _, err := activity.Beat(t.Context(), id, "lodgements", now.Add(time.Minute), now.Add(time.Minute), 0, 0, 0); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, "apsid:pulse:"+string(id))
	}
	return keys
}

func usedMemory(t testing.TB, store *redisstore.Store) int {
	t.Helper()
	info, err := store.Raw().Info(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^used_memory:(\d+)`).FindStringSubmatch(info)
	if found == nil {
		t.Fatalf("no used_memory in %q", info)
	}
	bytes, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
