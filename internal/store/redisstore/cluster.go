package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// lookEvery is how long a cluster's own word on who serves what is believed, while there are calls. A master that is lost is another one
// within seconds.
const lookEvery = time.Second

// newCluster returns a client that also looks again at once when a server does not answer, or says that the cluster is down: the
// library does so for redirects only. Looks are never closer than a fifth of a second.
func newCluster(o *redis.ClusterOptions) *redis.ClusterClient {
	client := redis.NewClusterClient(o)
	client.OnNewNode(func(node *redis.Client) { node.AddHook(watch{client}) })
	return client
}

// watch is a hook on each server of a cluster.
type watch struct{ cluster *redis.ClusterClient }

// DialHook implements redis.Hook.
func (watch) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (w watch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := lost(next(ctx, cmd))
		if cmd.SetErr(err); failed(err) {
			w.cluster.ReloadState(ctx)
		}
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (w watch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if failed(err) {
			w.cluster.ReloadState(ctx)
		}
		return err
	}
}

// failed reports an error that may mean that another server is the right one now.
func failed(err error) bool {
	var answer redis.Error
	return err != nil && (!errors.As(err, &answer) || redis.IsClusterDownError(err))
}

// lost hides from the library what kind of error a command met that may have run: for a cluster it repeats such commands, whatever it
// was told of repeating, and would consume a code twice. What never arrived, because there was no connection, it may send again.
func lost(err error) error {
	var answer redis.Error
	var network *net.OpError
	switch {
	case err == nil, errors.As(err, &answer), errors.Is(err, redis.ErrClosed), errors.Is(err, redis.ErrPoolTimeout),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Op == "dial":
		return err
	default:
		return fmt.Errorf("no answer: %s", err.Error())
	}
}
