package faulttest

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/testenv"
)

// outage is how long a store is away.
const outage = 4 * time.Second

// redisRows harm Redis.
func redisRows() []row {
	return []row{
		{name: "redis-cluster-master", what: "Redis Cluster: a master is killed, and its replica takes over", abuse: "ABUSE 44", forgets: true, quick: true, set: clusterRow(func(s *scene, c *rig.RedisCluster) {
			master := c.MasterOf("any")
			master.Kill()
			within(s.t, "the replica takes over", time.Minute, func() bool { return c.MasterOf("any") != master })
		})},
		{name: "redis-cluster-hang", what: "Redis Cluster: a master hangs, and its replica takes over; then the master is back", abuse: "ABUSE 44", forgets: true, set: clusterRow(func(s *scene, c *rig.RedisCluster) {
			master := c.MasterOf("any")
			master.Freeze()
			within(s.t, "the replica takes over", time.Minute, func() bool { return c.MasterOf("any") != master })
			s.ends()
			s.lasts(time.Second)
			master.Thaw()
		})},
		{name: "redis-sentinel", what: "Redis Sentinel: the master is killed, and its replica takes over", abuse: "ABUSE 44", forgets: true, set: func(t testing.TB) (stores, harm) {
			r := rig.NewRedisSentinel(t)
			return stores{database: testenv.Postgres(t), redis: r.URL()}, func(s *scene) {
				r.Master.Kill()
				within(t, "the replica takes over", time.Minute, func() bool { return r.Current() == r.Replica.Address() })
			}
		}},
		{name: "redis-hangs", what: "Redis hangs for 4 s", abuse: "ABUSE 44", set: linkRow(func(s *scene, _ *rig.Redis, l *rig.Link) {
			l.Hang()
			s.lasts(outage)
			l.Clear()
			s.ends()
			s.goesOn("machine token", "discovery", "userinfo", "introspection")
		})},
		{name: "redis-down", what: "Redis is killed, and started again after 4 s, empty", abuse: "ABUSE 44, 53", forgets: true, quick: true, set: linkRow(func(s *scene, r *rig.Redis, _ *rig.Link) {
			r.Kill()
			s.lasts(outage)
			r.Start()
			s.ends()
			s.goesOn("machine token", "discovery", "userinfo", "introspection")
		})},
		{name: "redis-slow", what: "every answer of Redis comes 150 ms later, for 4 s", abuse: "ABUSE 44", set: linkRow(func(s *scene, _ *rig.Redis, l *rig.Link) {
			l.Slow(150 * time.Millisecond)
			s.lasts(outage)
			l.Clear()
		})},
		{name: "redis-resets", what: "every connection to Redis is reset, for 4 s", abuse: "ABUSE 44", set: linkRow(func(s *scene, _ *rig.Redis, l *rig.Link) {
			l.Reset()
			s.lasts(outage)
			l.Clear()
		})},
		{name: "redis-emptied", what: "Redis is emptied", abuse: "ABUSE 44, 53", forgets: true, quick: true, set: linkRow(func(s *scene, r *rig.Redis, _ *rig.Link) {
			r.Flush()
			s.ends()
			s.goesOn("machine token", "discovery", "userinfo", "introspection", "refresh", "log-out")
		})},
	}
}

// clusterRow is a row on a Redis Cluster.
func clusterRow(do func(*scene, *rig.RedisCluster)) func(testing.TB) (stores, harm) {
	return func(t testing.TB) (stores, harm) {
		c := rig.NewRedisCluster(t)
		return stores{database: testenv.Postgres(t), redis: c.URL()}, func(s *scene) { do(s, c) }
	}
}

// linkRow is a row on one Redis behind a link.
func linkRow(do func(*scene, *rig.Redis, *rig.Link)) func(testing.TB) (stores, harm) {
	return func(t testing.TB) (stores, harm) {
		r := rig.NewRedis(t)
		l := rig.NewLink(t, r.Address())
		return stores{database: testenv.Postgres(t), redis: "redis://" + l.Address()}, func(s *scene) { do(s, r, l) }
	}
}
