package redisstore

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// KeepsAll is the maxmemory-policy of a server that refuses to write when its memory is full, and deletes nothing.
const KeepsAll = "noeviction"

// Evictions returns what the servers do once their memory is full (maxmemory-policy), each policy once; "" stands for a server that
// does not tell. It asks with INFO: hosted services refuse CONFIG. An embedded Redis keeps all. A Redis that does not answer is
// idp.ErrUnavailable.
func (s *Store) Evictions(ctx context.Context) ([]string, error) {
	if s.embedded {
		return []string{KeepsAll}, nil
	}
	if err := s.Ping(ctx); err != nil { // below, an error means that INFO is refused
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	cluster, many := s.client.(*redis.ClusterClient)
	if !many {
		return []string{policyOf(ctx, s.client)}, nil
	}
	var mu sync.Mutex
	var policies []string
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		policy := policyOf(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		policies = append(policies, policy)
		return nil
	})
	slices.Sort(policies)
	return slices.Compact(policies), translate(err)
}

// policyOf is "" where the server refuses to tell, or tells something else.
func policyOf(ctx context.Context, server redis.Cmdable) string {
	info, err := server.Info(ctx, "memory").Result()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(info) {
		if policy, found := strings.CutPrefix(line, "maxmemory_policy:"); found {
			return strings.TrimSpace(policy)
		}
	}
	return ""
}
