package redisstore

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// agingStep is how often the embedded Redis looks for values that have expired: one may live so much longer than it was given.
// (The library's own way looks at every key on every command, which a few thousand codes make slow.)
const agingStep = 100 * time.Millisecond

// embed starts a Redis inside this process and connects to it through pipes: nothing listens on the network, and the code
// is the same as for a server outside.
func embed() (client redis.UniversalClient, stop func()) {
	server := miniredis.NewMiniRedis()
	options := &redis.Options{
		Addr: Embedded,
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			conn, err := server.Dial()
			if err != nil {
				return nil, err
			}
			return newPipe(conn), nil
		},
	}
	harden(&options.MaxRetries, &options.DialerRetries, &options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout, &options.PoolTimeout)
	options.ContextTimeoutEnabled = true
	options.MaintNotificationsConfig = noNotifications()

	over := make(chan struct{})
	var aging sync.WaitGroup
	aging.Go(func() { age(server, over) })
	return redis.NewClient(options), sync.OnceFunc(func() {
		close(over)
		aging.Wait()
		server.Close()
	})
}

// age lets lifetimes run by the clock, as they do outside, until over is closed. The ticks carry monotonic time, so that a
// clock that jumps ends nothing early and keeps nothing on.
func age(server *miniredis.Miniredis, over <-chan struct{}) {
	ticker := time.NewTicker(agingStep)
	defer ticker.Stop()
	var last time.Time
	for {
		select {
		case <-over:
			return
		case now := <-ticker.C:
			if !last.IsZero() {
				server.FastForward(now.Sub(last))
			}
			last = now
		}
	}
}
