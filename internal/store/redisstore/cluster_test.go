package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// A cluster refuses commands over keys of several slots, which a single server takes.
func TestClusterForgetsSessionsOfManySlots(t *testing.T) {
	activity := open(t, rig.NewRedisCluster(t).URL()).Activity()
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	var ids []idp.SID
	for range 30 {
		ids = append(ids, idp.NewSID())
	}
	for _, id := range ids {
		if err := activity.Learn(t.Context(), id, session.Pulse{ClientID: "lodgements", LastActivity: now}, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	known, err := activity.Last(t.Context(), ids)
	if err != nil || len(known) != len(ids) {
		t.Errorf("%d of %d known, %v", len(known), len(ids), err)
	}
	if err := activity.Forget(t.Context(), ids); err != nil {
		t.Error(err)
	}
	known, err = activity.Last(t.Context(), ids)
	if err != nil || len(known) != 0 {
		t.Errorf("%d of %d known after their end, %v", len(known), len(ids), err)
	}
}

// create stores a code; one that is there already will do.
func create(ctx context.Context, store *redisstore.Store, name string) error {
	err := store.Codes().CreateCode(ctx, name, oidcop.Grant{SID: "ses_1"}, time.Minute)
	if idp.CodeOf(err) == idp.CodeConflict {
		return nil
	}
	return err
}

// keep stores a code of each name, and returns how many it could not store.
func keep(ctx context.Context, store *redisstore.Store, round string) (failed []error) {
	for i := range 12 { // in all parts of a cluster
		if err := create(ctx, store, fmt.Sprint(round, i)); err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

// ABUSE 44: a master of a cluster is killed, and its replica takes over. A node that has seen nothing of it serves everything again within
// five seconds of that, and hears news again.
func TestClusterMasterIsKilled(t *testing.T) {
	cluster := rig.NewRedisCluster(t)
	store := open(t, cluster.URL())
	heard := listen(t, store)
	if failed := keep(t.Context(), store, "before"); failed != nil {
		t.Fatal(failed)
	}
	cluster.MasterOf("apsid:news").Kill()
	cluster.MasterOf("apsid:code:before0").Kill() // it may be the same
	cluster.AwaitServing()
	await(t, func() error { return errors.Join(keep(t.Context(), store, "after")...) })
	await(t, func() error { return heard(store) })
}

// ABUSE 44: a master hangs. What lies with the others goes on meanwhile, as fast as ever.
func TestClusterMasterHangs(t *testing.T) {
	cluster := rig.NewRedisCluster(t)
	store := open(t, cluster.URL())
	if failed := keep(t.Context(), store, "before"); failed != nil {
		t.Fatal(failed)
	}
	var own, others []string
	hung := cluster.MasterOf("apsid:code:0")
	for i := range 30 {
		name := fmt.Sprint(i)
		if cluster.MasterOf("apsid:code:"+name) == hung {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	hung.Freeze()
	t.Cleanup(hung.Thaw)
	var all sync.WaitGroup
	var refused atomic.Int64
	for _, name := range own { // they wait all the time
		all.Go(func() {
			if create(t.Context(), store, name) != nil {
				refused.Add(1)
			}
		})
	}
	for _, name := range others {
		if err := create(t.Context(), store, name); err != nil {
			t.Errorf("another server's: %v", err)
		}
	}
	all.Wait()
	if refused.Load() == 0 {
		t.Error("the server that hangs refused nothing, which proves nothing")
	}
	await(t, func() error { // its replica takes over
		var failed []error
		for i := range own {
			failed = append(failed, create(t.Context(), store, own[i]))
		}
		return errors.Join(failed...)
	})
}

// ABUSE 44: Sentinel makes the replica the master.
func TestSentinelFailsOver(t *testing.T) {
	for name, harm := range map[string]func(*rig.Process){"killed": (*rig.Process).Kill, "hangs": (*rig.Process).Freeze} {
		t.Run(name, func(t *testing.T) {
			watched := rig.NewRedisSentinel(t)
			store := open(t, watched.URL())
			heard := listen(t, store)
			if failed := keep(t.Context(), store, "before"); failed != nil {
				t.Fatal(failed)
			}
			harm(watched.Master)
			await(t, func() error { return errors.Join(keep(t.Context(), store, "after")...) })
			await(t, func() error { return heard(store) })
		})
	}
}

// The client for a cluster repeats commands by itself, whatever it was told, unless it is kept from it: a code that was consumed while
// the answer got lost must not be consumed again.
func TestLostAnswerOfAClusterIsNotAskedAgain(t *testing.T) {
	direct := testenv.RedisServer(t, "--cluster-enabled", "yes")
	between := newWire(t, direct)
	options, err := redis.ParseURL(direct)
	if err != nil {
		t.Fatal(err)
	}
	node := redis.NewClient(options)
	defer func() { _ = node.Close() }()
	seed := strings.TrimPrefix(between.address, "redis://")
	_, port, err := net.SplitHostPort(seed)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(node.ConfigSet(t.Context(), "cluster-announce-port", port).Err(), node.ConfigSet(t.Context(), "cluster-announce-ip", "127.0.0.1").Err(),
		node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	if err != nil {
		t.Fatal(err)
	}
	rig.Await(t, "the cluster of one serves", func(ctx context.Context) error {
		info, err := node.ClusterInfo(ctx).Result()
		if err == nil && !strings.Contains(info, "cluster_state:ok") {
			err = errors.New(info)
		}
		return err
	})
	store := open(t, "redis+cluster://"+seed)
	if _, err := store.Codes().ConsumeCode(t.Context(), "none"); !errors.Is(err, idp.ErrNotFound) { // Redis knows the script from here on
		t.Fatal(err)
	}
	for i := range 20 { // the answer that got lost may be one about the cluster
		name := fmt.Sprint(i)
		if err := create(t.Context(), store, name); err != nil {
			t.Fatal(err)
		}
		between.loseOneAnswer()
		_, err := store.Codes().ConsumeCode(t.Context(), name)
		between.mend()
		if err == nil {
			continue
		}
		if !errors.Is(err, idp.ErrUnavailable) {
			t.Errorf("with the answer lost: %v", err)
		}
		if _, err := store.Codes().ConsumeCode(t.Context(), name); !errors.Is(err, idp.ErrUsed) {
			t.Errorf("the answer was lost before the code was consumed, which proves nothing: %v", err)
		}
		return
	}
	t.Error("no answer was lost")
}

// listen returns what is nil once news that the store publishes are heard.
func listen(t *testing.T, store *redisstore.Store) (heard func(*redisstore.Store) error) {
	t.Helper()
	var count atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	listening.Go(func() { store.Listen(ctx, func(context.Context, string) { count.Add(1) }) })
	t.Cleanup(func() { stop(); listening.Wait() })
	heard = func(store *redisstore.Store) error {
		before := count.Load()
		if err := store.Publish(t.Context(), "word"); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if count.Load() == before {
			return errors.New("the word was not heard")
		}
		return nil
	}
	await(t, func() error { return heard(store) })
	return heard
}

// await waits for the condition.
func await(t *testing.T, holds func() error) {
	t.Helper()
	rig.Await(t, "it works again", func(context.Context) error { return holds() })
}
