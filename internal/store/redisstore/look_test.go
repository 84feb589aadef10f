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

func look(t *testing.T, address string) redisstore.Facts {
	t.Helper()
	facts, err := open(t, address).Look(t.Context(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func TestWhatTheServerDoesWhenItIsFull(t *testing.T) {
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
		if got := look(t, c.address).Policies; !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFactsOfACluster(t *testing.T) {
	address := testenv.RedisServer(t, "--cluster-enabled", "yes", "--maxmemory-policy", "allkeys-lfu")
	node := client(t, address)
	oneNodeCluster(t, node)
	facts := look(t, strings.Replace(address, "redis://", "redis+cluster://", 1))
	if !slices.Equal(facts.Policies, []string{"allkeys-lfu"}) || facts.Clustered || len(facts.Lacks) > 0 || redisstore.Major(facts.Version) < 7 {
		t.Errorf("got %+v", facts)
	}
	if facts := look(t, address); !facts.Clustered {
		t.Error("a node of a cluster passes as a server by itself")
	}
	if err := node.ClusterDelSlotsRange(t.Context(), 0, 0).Err(); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, strings.Replace(address, "redis://", "redis+cluster://", 1)).Look(t.Context(), time.Now)
	if err == nil || redisstore.RefusalOf(err) != redisstore.RefusedCluster {
		t.Errorf("a cluster without one of its slots: %v", err)
	}
}

func TestARedisThatIsGoneHasNoFacts(t *testing.T) {
	between := newWire(t, testenv.Redis(t))
	store := open(t, between.address)
	between.cut()
	if got, err := store.Look(t.Context(), time.Now); idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestKeysOfOthersAreSeen(t *testing.T) {
	address := testenv.Redis(t)
	store := open(t, address)
	if err := store.Checks().Keep(t.Context(), "whose", time.Now()); err != nil {
		t.Fatal(err)
	}
	if look(t, address).Foreign {
		t.Error("our own key passes as another's")
	}
	if err := store.Raw().Set(t.Context(), "rota:1", 1, time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if !look(t, address).Foreign {
		t.Error("the key of another program is not seen")
	}
}

func client(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// oneNodeCluster gives all slots to the server, and waits until it works as a cluster.
func oneNodeCluster(t *testing.T, node *redis.Client) {
	t.Helper()
	if err := node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		info, err := node.ClusterInfo(t.Context()).Result()
		if err == nil && strings.Contains(info, "cluster_state:ok") {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the cluster is not ready: %s %v", info, err)
		}
	}
}
