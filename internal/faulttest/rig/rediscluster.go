package rig

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/testenv"
)

const (
	masters   = 3
	slotCount = 16384
)

// RedisCluster is a Redis Cluster of three masters, each with a replica.
type RedisCluster struct {
	t       testing.TB
	members []*member
}

// member is one process of it.
type member struct {
	*Process
	bus    string // the port by which the members speak to each other
	client *redis.Client
}

// NewRedisCluster starts one whose replicas take over two seconds after a master has gone, and returns once it serves.
func NewRedisCluster(t testing.TB) *RedisCluster {
	t.Helper()
	c := &RedisCluster{t: t}
	for range 2 * masters {
		c.members = append(c.members, newMember(t))
	}
	for _, m := range c.members {
		awaitRedis(t, m.client)
	}
	for i, m := range c.members {
		if i < masters {
			c.must(m.client.ClusterAddSlotsRange(context.Background(), slotCount*i/masters, slotCount*(i+1)/masters-1).Err())
		}
		if i > 0 {
			_, port, _ := net.SplitHostPort(m.address)
			c.must(c.members[0].client.Do(context.Background(), "CLUSTER", "MEET", "127.0.0.1", port, m.bus).Err())
		}
	}
	for i, m := range c.members[masters:] {
		id, err := c.members[i].client.Do(context.Background(), "CLUSTER", "MYID").Text()
		c.must(err)
		Await(t, "the replica knows its master", func(ctx context.Context) error {
			return m.client.ClusterReplicate(ctx, id).Err()
		})
	}
	c.AwaitServing()
	return c
}

func newMember(t testing.TB) *member {
	port, bus := testenv.FreePort(t), testenv.FreePort(t)
	p := start(t, "127.0.0.1:"+port, "redis-server", "--bind", "127.0.0.1", "--port", port, "--cluster-port", bus, "--cluster-enabled", "yes",
		"--cluster-node-timeout", "2000", "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", "--dir", t.TempDir())
	return &member{Process: p, bus: bus, client: client(t, p.address)}
}

// URL is how a node finds it.
func (c *RedisCluster) URL() string {
	return "redis+cluster://" + c.members[0].address + "?addr=" + c.members[1].address + "&addr=" + c.members[2].address
}

// AwaitServing waits until all members that run agree that every slot is served, and every replica follows its master.
func (c *RedisCluster) AwaitServing() {
	c.t.Helper()
	for _, m := range c.members {
		if m.running == nil {
			continue
		}
		Await(c.t, "the cluster serves", func(ctx context.Context) error {
			info, err := m.client.ClusterInfo(ctx).Result()
			if err != nil {
				return err
			}
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:"+strconv.Itoa(2*masters)) {
				return fmt.Errorf("%s: %s", m.address, info)
			}
			return m.follows(ctx)
		})
	}
}

// follows is nil unless it is a replica that has not caught up with its master.
func (m *member) follows(ctx context.Context) error {
	info, err := m.client.Info(ctx, "replication").Result()
	if err != nil {
		return err
	}
	if strings.Contains(info, "role:slave") && !strings.Contains(info, "master_link_status:up") {
		return fmt.Errorf("%s does not follow its master", m.address)
	}
	return nil
}

// Masters returns the processes that serve now, in no order.
func (c *RedisCluster) Masters() (found []*Process) {
	c.t.Helper()
	for _, m := range c.members {
		if m.running == nil {
			continue
		}
		role, err := m.client.Do(context.Background(), "ROLE").Slice()
		c.must(err)
		if role[0] == "master" {
			found = append(found, m.Process)
		}
	}
	return found
}

// MasterOf returns the process that serves a key.
func (c *RedisCluster) MasterOf(key string) *Process {
	c.t.Helper()
	i := slices.IndexFunc(c.members, func(m *member) bool { return m.running != nil })
	slot, err := c.members[i].client.ClusterKeySlot(context.Background(), key).Result()
	c.must(err)
	shards, err := c.members[i].client.ClusterShards(context.Background()).Result()
	c.must(err)
	var found *Process // the master that is lost, until another one has taken over
	for _, shard := range shards {
		if !slices.ContainsFunc(shard.Slots, func(r redis.SlotRange) bool { return slot >= r.Start && slot <= r.End }) {
			continue
		}
		for _, n := range shard.Nodes {
			if n.Role == "master" && (found == nil || n.Health == "online") {
				found = c.at(n.Port)
			}
		}
	}
	if found != nil {
		return found
	}
	c.t.Fatalf("rig: no one serves slot %d", slot)
	return nil
}

// at is the process at a port.
func (c *RedisCluster) at(port int64) *Process {
	for _, m := range c.members {
		if strings.HasSuffix(m.address, ":"+strconv.FormatInt(port, 10)) {
			return m.Process
		}
	}
	return nil
}

// Flush empties it, as an administrator's mistake does.
func (c *RedisCluster) Flush() {
	c.t.Helper()
	for _, m := range c.members {
		if slices.Contains(c.Masters(), m.Process) {
			c.must(m.client.FlushAll(context.Background()).Err())
		}
	}
}

func (c *RedisCluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("rig: Redis Cluster: %v", err)
	}
}
