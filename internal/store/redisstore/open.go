package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/apscloud/apsid/internal/idp"
)

// Embedded is the URL of the Redis inside this process.
const Embedded = "embedded"

// Open connects to the Redis at address, and returns once it has answered; idp.ErrUnavailable if it does not. The address:
//
//	embedded                                     inside this process, without a port, forgotten with it
//	redis://user:password@host:6379/0            one server; rediss:// with TLS
//	redis+sentinel://host:26379?master_name=m    found through Sentinel; more of them as &addr=host:port; the user part is
//	                                             Sentinel's own, that of the server is username= and password=
//	redis+cluster://user:password@host:6379      a cluster; more seeds as &addr=host:port
//
// rediss+sentinel:// and rediss+cluster:// use TLS. A wrong address is idp.ErrInvalid, and the error never repeats it: it may
// hold a password.
func Open(ctx context.Context, address string, sealer Sealer) (*Store, error) {
	client, stop, err := connect(address)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, sealer: sealer, stop: stop, embedded: address == Embedded}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func connect(address string) (client redis.UniversalClient, stop func(), err error) {
	if address == Embedded {
		client, stop := embed()
		return client, stop, nil
	}
	o, err := read(address)
	if err != nil {
		return nil, nil, err
	}
	return o.client(), func() {}, nil
}

// outside is a Redis outside of this process, as its address was read.
type outside struct {
	seeds  []string    // host:port of its servers, or of those that know them
	tls    *tls.Config // nil: without TLS
	client func() redis.UniversalClient
}

func read(address string) (outside, error) {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return outside{}, badAddress(forms)
	}
	switch scheme {
	case "redis", "rediss":
		return single(address)
	case "redis+sentinel", "rediss+sentinel":
		return sentinel(strings.TrimSuffix(scheme, "+sentinel") + "://" + rest)
	case "redis+cluster", "rediss+cluster":
		return cluster(strings.TrimSuffix(scheme, "+cluster") + "://" + rest)
	default:
		return outside{}, badAddress(forms)
	}
}

// What can be wrong with an address. No text repeats a part of it, nor what a parser says of it: a "/" that the administrator
// forgot to encode makes a password look like a port.
const (
	forms    = `expected embedded, redis://…, rediss://…, redis+sentinel://… or redis+cluster://…`
	syntax   = `check host, port, database number and options, and percent-encode special characters of the password`
	noMaster = `a Sentinel address names its master: add ?master_name=…`
)

func badAddress(problem string) error { return idp.Invalid("redis-url", "%s", problem) }

func single(address string) (outside, error) {
	o, err := redis.ParseURL(address)
	if err != nil {
		return outside{}, badAddress(syntax)
	}
	harden(&o.MaxRetries, &o.DialerRetries, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout)
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = noNotifications()
	return outside{seeds: []string{o.Addr}, tls: o.TLSConfig, client: func() redis.UniversalClient { return redis.NewClient(o) }}, nil
}

func sentinel(address string) (outside, error) {
	o, err := redis.ParseFailoverURL(address)
	if err != nil {
		return outside{}, badAddress(syntax)
	}
	if o.MasterName == "" {
		return outside{}, badAddress(noMaster)
	}
	harden(&o.MaxRetries, &o.DialerRetries, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout)
	o.ContextTimeoutEnabled = true
	return outside{seeds: o.SentinelAddrs, tls: o.TLSConfig, client: func() redis.UniversalClient { return redis.NewFailoverClient(o) }}, nil
}

func cluster(address string) (outside, error) {
	o, err := redis.ParseClusterURL(address)
	if err != nil {
		return outside{}, badAddress(syntax)
	}
	harden(&o.MaxRetries, &o.DialerRetries, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout)
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = noNotifications()
	o.ClusterStateReloadInterval = lookEvery
	return outside{seeds: o.Addrs, tls: o.TLSConfig, client: func() redis.UniversalClient { return newCluster(o) }}, nil
}

// harden makes a client answer within answerWithin or fail, and never repeat a command whose answer was lost: repeating would
// consume a code twice, which looks like theft and ends its session. A cluster client still follows redirects, and repeats what did not
// arrive (see lost).
func harden(maxRetries, dialerRetries *int, timeouts ...*time.Duration) {
	*maxRetries = -1 // none; 0 would mean the library's default
	*dialerRetries = 1
	for _, timeout := range timeouts {
		*timeout = answerWithin
	}
}

// noNotifications turns off a handshake that only one hosted service supports.
func noNotifications() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}
