package rig

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/testenv"
)

// Redis is a single Redis server.
type Redis struct {
	*Process
	client *redis.Client
}

// NewRedis starts one, and returns once it serves.
func NewRedis(t testing.TB) *Redis {
	t.Helper()
	p := newRedis(t)
	return &Redis{Process: p, client: client(t, p.address)}
}

// Flush empties it, as an administrator's mistake does.
func (r *Redis) Flush() {
	r.t.Helper()
	if err := r.client.FlushAll(context.Background()).Err(); err != nil {
		r.t.Fatalf("rig: %v", err)
	}
}

func newRedis(t testing.TB, arguments ...string) *Process {
	t.Helper()
	port := testenv.FreePort(t)
	p := start(t, "127.0.0.1:"+port, append([]string{"redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "",
		"--appendonly", "no", "--dir", t.TempDir()}, arguments...)...)
	awaitRedis(t, client(t, p.address))
	return p
}

func client(t testing.TB, address string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func awaitRedis(t testing.TB, c *redis.Client) {
	t.Helper()
	Await(t, "Redis serves", func(ctx context.Context) error { return c.Ping(ctx).Err() })
}
