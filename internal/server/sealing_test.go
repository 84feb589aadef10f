package server

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/seal"
)

// A key is retired only when nothing needs it any more: the first reason that stands in the way is named.
func TestWhatKeepsAKeyFromBeingRetired(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	ago := func(d time.Duration) map[uint32]time.Time { return map[uint32]time.Time{1: now.Add(-d)} }
	for name, c := range map[string]struct {
		nodes  []RunningNode
		shared bool
		counts []SealedCount
		drop   bool
		want   string
	}{
		"nothing":                      {},
		"a node seals with it":         {nodes: []RunningNode{{Host: "a", Seals: 2}, {Host: "b", Seals: 1}}, shared: true, want: "b (process 0) seals with key 1"},
		"a node has its memory":        {nodes: []RunningNode{{Host: "a", Seals: 2, OwnRedis: true, Sealed: ago(23 * time.Hour)}}, want: "restart it"},
		"a node had it long ago":       {nodes: []RunningNode{{Host: "a", Seals: 2, OwnRedis: true, Sealed: ago(25 * time.Hour)}}},
		"a node was restarted":         {nodes: []RunningNode{{Host: "a", Seals: 2, OwnRedis: true}}},
		"the Redis is not named":       {nodes: []RunningNode{{Host: "a", Seals: 2}}, want: "name it with --redis-url"},
		"the Redis is named":           {nodes: []RunningNode{{Host: "a", Seals: 2}}, shared: true},
		"a value is stored":            {counts: []SealedCount{{Place: "signing_keys.private", Key: 1, Values: 3}}, drop: true, want: "3 of signing_keys.private"},
		"a value of another is stored": {counts: []SealedCount{{Place: "signing_keys.private", Key: 2, Values: 3}, {Place: redisPlace, Key: 2, Values: 9}}},
		"a value is in Redis":          {counts: []SealedCount{{Place: redisPlace, Key: 1, Values: 9}}, want: "9 values in Redis"},
		"a value in Redis is dropped":  {counts: []SealedCount{{Place: redisPlace, Key: 1, Values: 9}}, drop: true},
	} {
		err := usedBy(c.nodes, 1, c.shared, now)
		if err == nil {
			err = neededBy(c.counts, 1, c.drop)
		}
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A node remembers with which keys it sealed before, until it seals with one of them again.
func TestNodeSaysWithWhichKeysItSealed(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	node := RunningNode{}.with([]seal.Key{{ID: 1, Opens: true, Primary: true}, {ID: 3}}, now)
	if node.Seals != 1 || len(node.Holds) != 1 || !node.holds(1) || len(node.Sealed) != 0 {
		t.Errorf("%+v", node)
	}
	node = node.with([]seal.Key{{ID: 1, Opens: true}, {ID: 2, Opens: true, Primary: true}}, now.Add(time.Hour))
	if node.Seals != 2 || !node.holds(1) || !node.holds(2) || !node.Sealed[1].Equal(now.Add(time.Hour)) {
		t.Errorf("%+v", node)
	}
	node = node.with([]seal.Key{{ID: 1, Opens: true, Primary: true}, {ID: 2, Opens: true}}, now.Add(2*time.Hour))
	if _, found := node.Sealed[1]; found || node.Seals != 1 || !node.Sealed[2].Equal(now.Add(2*time.Hour)) {
		t.Errorf("%+v", node)
	}
}
