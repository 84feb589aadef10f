package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/testenv"
)

// masterName is what the Sentinels call the server that they watch.
const masterName = "apsid"

// RedisSentinel is a Redis master with a replica, and three Sentinels that watch them.
type RedisSentinel struct {
	Master, Replica *Process // as they began
	Sentinels       []*Process
	asked           *redis.SentinelClient
}

// NewRedisSentinel starts one whose Sentinels take a master for lost after a second, and returns once each knows the others.
func NewRedisSentinel(t testing.TB) *RedisSentinel {
	t.Helper()
	s := &RedisSentinel{Master: newRedis(t)}
	host, port, _ := net.SplitHostPort(s.Master.address)
	s.Replica = newRedis(t, "--replicaof", host, port, "--repl-diskless-sync-delay", "0")
	for range 3 {
		s.Sentinels = append(s.Sentinels, newSentinel(t, host, port))
	}
	for _, each := range s.Sentinels {
		client := redis.NewSentinelClient(&redis.Options{Addr: each.address})
		t.Cleanup(func() { _ = client.Close() })
		s.asked = client
		Await(t, "the Sentinels know each other", func(ctx context.Context) error {
			known, err := client.Master(ctx, masterName).Result()
			if err == nil && (known["num-other-sentinels"] != "2" || known["num-slaves"] != "1") {
				err = fmt.Errorf("%v", known)
			}
			return err
		})
	}
	return s
}

// URL is how a node finds it.
func (s *RedisSentinel) URL() string {
	return fmt.Sprintf("redis+sentinel://%s?master_name=%s&addr=%s&addr=%s",
		s.Sentinels[0].address, masterName, s.Sentinels[1].address, s.Sentinels[2].address)
}

// Current is the address of the server that the Sentinels take for the master now; "" while they don't say.
func (s *RedisSentinel) Current() string {
	at, err := s.asked.GetMasterAddrByName(context.Background(), masterName).Result()
	if err != nil || len(at) != 2 {
		return ""
	}
	return net.JoinHostPort(at[0], at[1])
}

// newSentinel writes the file that a Sentinel must have: it keeps there what it has learnt.
func newSentinel(t testing.TB, host, port string) *Process {
	t.Helper()
	own := testenv.FreePort(t)
	lines := []string{
		"port " + own, "bind 127.0.0.1", "dir " + t.TempDir(),
		fmt.Sprintf("sentinel monitor %s %s %s 2", masterName, host, port),
		"sentinel down-after-milliseconds " + masterName + " 1000", "sentinel failover-timeout " + masterName + " 5000",
	}
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatalf("rig: %v", err)
	}
	return start(t, "127.0.0.1:"+own, "redis-server", file, "--sentinel")
}
