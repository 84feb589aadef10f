package redisstore

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// newsChannel is where nodes tell each other what is not as it was. Channels are not part of a numbered database: a deployment that
// shares the server hears words that mean nothing to it, or make it look again in vain.
const newsChannel = prefix + "news"

// silence is how long nothing is published before the server is asked for a sign of life.
const silence = 2 * time.Second

// Publish says a word to every node that listens now. Nothing is kept for the others.
func (s *Store) Publish(ctx context.Context, word string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(s.client.Publish(ctx, newsChannel, word).Err())
}

// Listen calls heard with every word that is published, one after another, until ctx ends. It connects again by itself when the
// connection is lost, or the server has not said a word for twice silence; what is published meanwhile is not heard.
func (s *Store) Listen(ctx context.Context, heard func(context.Context, string)) {
	for ctx.Err() == nil {
		s.listen(ctx, heard)
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
}

// listen is Listen over one connection. The library's own channel would wait for ever for a server that hangs: it asks for a sign of
// life, but does not mind whether one comes.
func (s *Store) listen(ctx context.Context, heard func(context.Context, string)) {
	subscription := s.client.Subscribe(ctx, newsChannel)
	shut := sync.OnceFunc(func() { _ = subscription.Close() })
	defer shut()
	defer context.AfterFunc(ctx, shut)()
	for asked := false; ; {
		answer, err := subscription.ReceiveTimeout(ctx, silence)
		var quiet net.Error
		switch {
		case err == nil:
			asked = false
		case errors.As(err, &quiet) && quiet.Timeout() && !asked:
			asked = true
			err = subscription.Ping(ctx)
		}
		if err != nil {
			return
		}
		if word, is := answer.(*redis.Message); is {
			heard(ctx, word.Payload)
		}
	}
}
