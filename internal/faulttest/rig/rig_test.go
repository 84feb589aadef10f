package rig_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/faulttest/rig"
)

// readOnly asks the database at an address whether it takes writes.
func readOnly(t *testing.T, address string) (bool, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var answer string
	err = conn.QueryRow(ctx, "SHOW transaction_read_only").Scan(&answer)
	return answer == "on", err
}

func TestPair(t *testing.T) {
	t.Parallel()
	p := rig.NewPair(t)
	p.Primary.Exec("CREATE TABLE kept (n int)")
	wants := func(what string, want bool) {
		t.Helper()
		if got, err := readOnly(t, p.URL()); got != want || err != nil {
			t.Errorf("%s: read-only %v, %v", what, got, err)
		}
	}
	wants("the primary", false)
	stays, err := pgx.Connect(t.Context(), p.URL())
	if err != nil {
		t.Fatal(err)
	}
	p.Link.Point(p.Standby.Address(), false)
	wants("the standby", true)
	if err := stays.Ping(t.Context()); err != nil {
		t.Errorf("a connection was cut: %v", err)
	}
	p.Link.Point(p.Primary.Address(), true)
	wants("the primary again", false)
	if err := stays.Ping(t.Context()); err == nil {
		t.Error("a connection was not cut")
	}
	p.Primary.Freeze()
	if _, err := readOnly(t, p.URL()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("frozen: %v", err)
	}
	p.Primary.Thaw()
	wants("thawed", false)
	p.FailOver()
	wants("the promoted standby", false)
	p.Standby.Exec("INSERT INTO kept VALUES (1)")
}

func TestLink(t *testing.T) {
	t.Parallel()
	server := rig.NewRedis(t)
	link := rig.NewLink(t, server.Address())
	ping := func() error {
		client := redis.NewClient(&redis.Options{
			Addr: link.Address(), MaxRetries: -1, ReadTimeout: 300 * time.Millisecond, DialTimeout: 300 * time.Millisecond, DialerRetries: 1,
			Protocol: 2, DisableIdentity: true,
		})
		defer func() { _ = client.Close() }()
		return client.Ping(t.Context()).Err()
	}
	wants := func(what string, fails bool) {
		t.Helper()
		if err := ping(); (err != nil) != fails {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, do := range map[string]func(){
		"slow": func() { link.Slow(time.Second) }, "hanging": link.Hang, "reset": link.Reset, "frozen": server.Freeze, "down": link.Down,
	} {
		wants("before it is "+what, false)
		do()
		wants(what, true)
		switch what {
		case "down":
			link.Up()
		case "frozen":
			server.Thaw()
		default:
			link.Clear()
		}
		wants("after it was "+what, false)
	}
	link.Narrow(1)
	began := time.Now()
	client := redis.NewClient(&redis.Options{Addr: link.Address()})
	defer func() { _ = client.Close() }()
	if err := client.Echo(t.Context(), strings.Repeat("x", 2000)).Err(); err != nil || time.Since(began) < time.Second {
		t.Errorf("2,000 bytes at 1,000 a second: %v, %s", err, time.Since(began))
	}
}

func TestRedisCluster(t *testing.T) {
	t.Parallel()
	c := rig.NewRedisCluster(t)
	set := func(ctx context.Context) error { // by a client that knows nothing yet, and is not waited for longer than it has reason to wait
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		options, err := redis.ParseClusterURL("redis" + strings.TrimPrefix(c.URL(), "redis+cluster"))
		if err != nil {
			return err
		}
		client := redis.NewClusterClient(options)
		defer func() { _ = client.Close() }()
		return client.Set(ctx, "a", "1", 0).Err()
	}
	if err := set(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(c.Masters()); n != 3 {
		t.Errorf("%d masters", n)
	}
	master := c.MasterOf("a")
	master.Kill()
	rig.Await(t, "the replica has taken over, and all know it", set)
	master.Start()
	c.AwaitServing()
	if now := c.MasterOf("a"); now == master {
		t.Error("the killed one still serves")
	}
	c.Flush()
	client := redis.NewClient(&redis.Options{Addr: c.MasterOf("a").Address()})
	defer func() { _ = client.Close() }()
	if n, err := client.DBSize(t.Context()).Result(); n != 0 || err != nil {
		t.Errorf("flushed: %d, %v", n, err)
	}
}

func TestRedisSentinel(t *testing.T) {
	t.Parallel()
	s := rig.NewRedisSentinel(t)
	options, err := redis.ParseFailoverURL("redis" + strings.TrimPrefix(s.URL(), "redis+sentinel"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewFailoverClient(options)
	defer func() { _ = client.Close() }()
	if err := client.Set(t.Context(), "a", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Master.Kill()
	rig.Await(t, "the replica has taken over", func(ctx context.Context) error { return client.Set(ctx, "a", "2", 0).Err() })
}
