package testenv

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	leaseCounter = "apsid-test:next"
	leasePrefix  = "apsid-test:database:"
	leaseLife    = time.Hour // of a test process that died; no test lives that long
)

// Redis returns the URL of a Redis database that is empty and belongs to this test until it ends.
//
// Test packages are separate processes, so the databases are leased through database 0 of the server itself. A server
// with the usual 16 databases works too: tests then wait for one another.
func Redis(t testing.TB) string {
	t.Helper()
	base := variable(t, RedisVariable)
	options, err := redis.ParseURL(base)
	if err != nil {
		t.Fatalf("testenv: %s is not a Redis URL", RedisVariable) // the cause would print the password
	}
	options.DB = 0
	leases := redis.NewClient(options)

	ctx, cancel := context.WithTimeout(context.Background(), leaseLife)
	defer cancel()
	number, owner, err := lease(ctx, leases)
	if err != nil {
		t.Fatalf("testenv: lease a Redis database: %v", err)
	}
	own := *options
	own.DB = number
	flush(t, &own)
	t.Cleanup(func() {
		flush(t, &own)
		release(t, leases, number, owner)
	})
	address, err := url.Parse(base)
	if err != nil {
		t.Fatalf("testenv: %s is not a URL", RedisVariable)
	}
	address.Path = "/" + strconv.Itoa(number)
	return address.String()
}

// lease takes the next free database number and returns it with the token of its owner.
func lease(ctx context.Context, leases *redis.Client) (int, string, error) {
	count, err := databases(ctx, leases)
	if err != nil {
		return 0, "", err
	}
	owner := rand.Text()
	for {
		turn, err := leases.Incr(ctx, leaseCounter).Result()
		if err != nil {
			return 0, "", err
		}
		number := 1 + int(turn%int64(count-1)) // database 0 holds the leases
		taken, err := leases.SetNX(ctx, leasePrefix+strconv.Itoa(number), owner, leaseLife).Result()
		if err != nil {
			return 0, "", err
		}
		if taken {
			return number, owner, nil
		}
		select {
		case <-ctx.Done():
			return 0, "", ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// databases asks the server how many it has; one that hides its configuration is taken to have the usual 16.
func databases(ctx context.Context, leases *redis.Client) (int, error) {
	err := leases.Ping(ctx).Err()
	if err != nil {
		return 0, err
	}
	settings, err := leases.ConfigGet(ctx, "databases").Result()
	if err != nil {
		return 16, nil
	}
	count, err := strconv.Atoi(settings["databases"])
	if err != nil || count < 2 {
		return 0, fmt.Errorf("the server has %q databases, tests need two or more", settings["databases"])
	}
	return count, nil
}

func flush(t testing.TB, options *redis.Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()

	err := client.FlushDB(ctx).Err()
	if err != nil {
		t.Fatalf("testenv: empty Redis database %d: %v", options.DB, err)
	}
}

// release gives the database back, unless the lease ran out and another test has it.
func release(t testing.TB, leases *redis.Client, number int, owner string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	defer func() { _ = leases.Close() }()
	key := leasePrefix + strconv.Itoa(number)

	holder, err := leases.Get(ctx, key).Result()
	if err != nil || holder != owner {
		t.Errorf("testenv: lost the lease of Redis database %d: held by %q, %v", number, holder, err)
		return
	}
	err = leases.Del(ctx, key).Err()
	if err != nil {
		t.Errorf("testenv: release Redis database %d: %v", number, err)
	}
}
