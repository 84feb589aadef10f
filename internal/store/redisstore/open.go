package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
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
// rediss+sentinel:// and rediss+cluster:// use TLS. Errors never repeat the address: it may hold a password.
func Open(ctx context.Context, address string, sealer Sealer) (*Store, error) {
	client, stop, err := connect(address)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, sealer: sealer, stop: stop}
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
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return nil, nil, errors.New("redis: not an address: expected " + forms)
	}
	base, kind, _ := strings.Cut(scheme, "+")
	if base != "redis" && base != "rediss" {
		return nil, nil, fmt.Errorf("redis: unknown scheme %q: expected %s", scheme, forms)
	}
	plain := base + "://" + rest
	switch kind {
	case "":
		client, err = single(plain)
	case "sentinel":
		client, err = sentinel(plain)
	case "cluster":
		client, err = cluster(plain)
	default:
		err = fmt.Errorf("unknown scheme %q: expected %s", scheme, forms)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("redis: %w", err)
	}
	return client, func() {}, nil
}

const forms = `"embedded", redis://, rediss://, redis+sentinel:// or redis+cluster://`

func single(address string) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, withoutAddress(err)
	}
	harden(&o.MaxRetries, &o.DialerRetries, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout)
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = noNotifications()
	return redis.NewClient(o), nil
}

func sentinel(address string) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(address)
	if err != nil {
		return nil, withoutAddress(err)
	}
	if o.MasterName == "" {
		return nil, errors.New("the address names no master: add ?master_name=")
	}
	harden(&o.MaxRetries, &o.DialerRetries, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout)
	o.ContextTimeoutEnabled = true
	return redis.NewFailoverClient(o), nil
}

func cluster(address string) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(address)
	if err != nil {
		return nil, withoutAddress(err)
	}
	harden(&o.MaxRetries, &o.DialerRetries, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout)
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = noNotifications()
	return redis.NewClusterClient(o), nil
}

// harden makes a client answer within answerWithin or fail, and never repeat a command whose answer was lost: a code that is
// consumed twice looks stolen, and its session ends. A cluster client still follows redirects.
func harden(maxRetries, dialerRetries *int, timeouts ...*time.Duration) {
	*maxRetries = -1 // none; 0 would mean the library's default
	*dialerRetries = 1
	for _, timeout := range timeouts {
		*timeout = answerWithin
	}
}

// noNotifications turns off a handshake that only one hosted service understands.
func noNotifications() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// withoutAddress drops the address, with its password, from the error of a parser.
func withoutAddress(err error) error {
	var parsing *url.Error
	if errors.As(err, &parsing) {
		return fmt.Errorf("not an address: %w", parsing.Err)
	}
	return err
}
