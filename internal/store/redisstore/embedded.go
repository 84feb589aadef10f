package redisstore

import (
	"context"
	"net"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// embed starts a Redis inside this process and connects to it through pipes: nothing listens on the network, and the code
// is the same as for a server outside.
func embed() (client redis.UniversalClient, stop func()) {
	server := miniredis.NewMiniRedis()
	server.ClockTTL(true) // lifetimes run by the clock, as they do outside
	options := &redis.Options{
		Addr:   Embedded,
		Dialer: func(context.Context, string, string) (net.Conn, error) { return server.Dial() },
	}
	harden(&options.MaxRetries, &options.DialerRetries, &options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout, &options.PoolTimeout)
	options.ContextTimeoutEnabled = true
	options.MaintNotificationsConfig = noNotifications()
	return redis.NewClient(options), server.Close
}
