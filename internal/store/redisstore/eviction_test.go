package redisstore_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

func TestEvictionsAsTheServerTellsThem(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		want    string
	}{
		"embedded":          {redisstore.Embedded, redisstore.KeepsAll},
		"as installed":      {testenv.RedisServer(t), redisstore.KeepsAll},
		"keeps all":         {testenv.RedisServer(t, "--maxmemory", "64mb", "--maxmemory-policy", "noeviction"), redisstore.KeepsAll},
		"deletes":           {testenv.RedisServer(t, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"), "allkeys-lru"},
		"without a bound":   {testenv.RedisServer(t, "--maxmemory", "0", "--maxmemory-policy", "volatile-ttl"), "volatile-ttl"},
		"INFO is refused":   {testenv.RedisServer(t, "--rename-command", "INFO", ""), ""},
		"CONFIG is refused": {testenv.RedisServer(t, "--rename-command", "CONFIG", "", "--maxmemory-policy", "volatile-lru"), "volatile-lru"},
	} {
		got, err := open(t, c.address).Evictions(t.Context())
		if err != nil || !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

// clusterOfOne is a cluster of one server.
func clusterOfOne(t *testing.T) string {
	t.Helper()
	address := testenv.RedisServer(t, "--cluster-enabled", "yes", "--maxmemory-policy", "allkeys-lfu")
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	node := redis.NewClient(options)
	defer func() { _ = node.Close() }()
	if err := node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		info, err := node.ClusterInfo(t.Context()).Result()
		if err == nil && strings.Contains(info, "cluster_state:ok") {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("the cluster is not ready: %s %v", info, err)
		}
	}
	return "redis+cluster://" + options.Addr
}

func TestEvictionsOfACluster(t *testing.T) {
	got, err := open(t, clusterOfOne(t)).Evictions(t.Context())
	if err != nil || !slices.Equal(got, []string{"allkeys-lfu"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestEvictionsOfARedisThatIsGone(t *testing.T) {
	between := newWire(t, testenv.Redis(t))
	store := open(t, between.address)
	between.cut()
	if got, err := store.Evictions(t.Context()); idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("%q, %v", got, err)
	}
}
