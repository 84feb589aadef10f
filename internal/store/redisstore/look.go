package redisstore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// Facts are what Redis says of itself.
type Facts struct {
	Version   string        // of the server, like 7.0.15; "" if it does not say, as the embedded one
	Replica   bool          // it copies another server, and takes no writes
	Clustered bool          // it is a node of a cluster, though the address is not that of a cluster
	Policies  []string      // what the servers do once their memory is full (maxmemory-policy), each once; "": one does not say
	FullPart  float64       // the part of its memory limit that the fullest server uses; 0 without a limit
	Ahead     time.Duration // how far its clock is ahead of ours, at least; negative: behind
	Lacks     []string      // what a node needs and the user may not do
	Foreign   bool          // the database has keys of other programs
}

// Look asks Redis for its facts, and writes nothing. idp.ErrUnavailable if it does not answer. What the user may not ask stays empty.
func (s *Store) Look(ctx context.Context, now func() time.Time) (Facts, error) {
	if err := s.Ping(ctx); err != nil { // below, an error means that a command is refused
		return Facts{}, err
	}
	if s.embedded {
		return Facts{Policies: []string{KeepsAll}}, nil
	}
	var facts Facts
	var err error
	asked := now()
	if clock, refused := s.client.Time(ctx).Result(); refused == nil {
		facts.Ahead = idp.Ahead(clock, asked, now())
	}
	facts.Lacks, err = s.lacks(ctx)
	if err != nil {
		return Facts{}, err
	}
	cluster, many := s.client.(*redis.ClusterClient)
	if !many {
		facts.add(ctx, s.client)
		return facts, nil
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		var of Facts
		of.add(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		facts.join(of)
		return nil
	})
	facts.Clustered = false
	return facts, translate(err)
}

// foreignShown is how many keys are looked at, about.
const foreignShown = 1000

// add asks one server.
func (f *Facts) add(ctx context.Context, server redis.Cmdable) {
	info := infoOf(ctx, server)
	f.Version, f.Replica, f.Clustered = info["redis_version"], info["role"] == "slave", info["cluster_enabled"] == "1"
	f.Policies = []string{info["maxmemory_policy"]}
	f.FullPart = part(info["used_memory"], info["maxmemory"])
	keys, _, _ := server.Scan(ctx, 0, "", foreignShown).Result()
	f.Foreign = slices.ContainsFunc(keys, func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

// join adds what another server of the cluster says.
func (f *Facts) join(other Facts) {
	f.Replica, f.Foreign = f.Replica || other.Replica, f.Foreign || other.Foreign
	f.FullPart = max(f.FullPart, other.FullPart)
	if f.Version == "" || older(other.Version, f.Version) {
		f.Version = other.Version
	}
	f.Policies = append(f.Policies, other.Policies...)
	slices.Sort(f.Policies)
	f.Policies = slices.Compact(f.Policies)
}
