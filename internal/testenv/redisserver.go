package testenv

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisServer starts a Redis of the test's own with these arguments, for what must not be set on the one that tests share. It returns
// its URL, and ends the server with the test. The program redis-server must be on this machine.
func RedisServer(t testing.TB, arguments ...string) string {
	t.Helper()
	port := FreePort(t)
	always := []string{"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir()}
	server := exec.Command("redis-server", append(always, arguments...)...)
	if err := server.Start(); err != nil {
		t.Fatalf("testenv: redis-server: %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it says that it was killed
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer func() { _ = client.Close() }()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for client.Ping(ctx).Err() != nil {
		if ctx.Err() != nil {
			t.Fatal("testenv: the Redis of this test does not serve")
		}
		<-again.C
	}
	return "redis://127.0.0.1:" + port
}
