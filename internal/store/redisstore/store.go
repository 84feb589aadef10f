package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// prefix begins every key, so that a Redis can be shared and looked through.
const prefix = "apsid:"

// answerWithin bounds every call, connecting included: a Redis that is down or stuck must fail a request, not hold it.
const answerWithin = 1500 * time.Millisecond

// Sealer seals values for the place they lie in, and blinds names; package seal has one.
type Sealer interface {
	Seal(plaintext []byte, place string) ([]byte, error)
	Open(sealed []byte, place string) ([]byte, error)
	Blind(text, place string) string
}

// Store is a connection to Redis, shared by what is built on it: Transactions, Codes, References, SMSLimits, Activity,
// Answers, Held and Checks. It is safe for concurrent use.
type Store struct {
	client redis.UniversalClient
	sealer Sealer
	stop   func() // ends the embedded server, if there is one

	embedded bool
	epoch    atomic.Pointer[string] // as it stands in keys; nil: none was entered
}

// Ping asks Redis for a sign of life; idp.ErrUnavailable if there is none.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(s.client.Ping(ctx).Err())
}

// Close ends all connections. An embedded Redis forgets everything.
func (s *Store) Close() error {
	err := s.client.Close()
	s.stop()
	return err
}

// run executes the script over keys, which lie in one slot. A script that returns nothing is idp.ErrNotFound.
func (s *Store) run(ctx context.Context, script *redis.Script, keys []string, args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	result, err := script.Run(ctx, s.client, keys, args...).Result()
	return result, translate(err)
}

// runInt is run for scripts that return an integer.
func (s *Store) runInt(ctx context.Context, script *redis.Script, keys []string, args ...any) (int64, error) {
	result, err := s.run(ctx, script, keys, args...)
	if err != nil {
		return 0, err
	}
	number, ok := result.(int64)
	if !ok {
		return 0, unexpected(result)
	}
	return number, nil
}

// call is what a script is given.
type call struct {
	keys []string
	args []any
}

// runAll is run for several calls of a script that changes nothing, in one round trip to each server that keeps some of their keys.
func (s *Store) runAll(ctx context.Context, script *redis.Script, calls []call) ([]any, error) {
	within, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answers := make([]*redis.Cmd, len(calls))
	_, err := s.client.Pipelined(within, func(pipe redis.Pipeliner) error {
		for i, c := range calls {
			answers[i] = script.EvalSha(within, pipe, c.keys, c.args...)
		}
		return nil
	})
	if err != nil && !redis.HasErrorPrefix(err, "NOSCRIPT") {
		return nil, translate(err)
	}
	results := make([]any, len(calls))
	for i, c := range calls {
		results[i], err = answers[i].Result()
		if redis.HasErrorPrefix(err, "NOSCRIPT") { // a server that does not know the script is told of it alone
			results[i], err = s.run(ctx, script, c.keys, c.args...)
		}
		if err = translate(err); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// seal encodes row and seals it for place.
func (s *Store) seal(row any, place string) ([]byte, error) {
	if err := checkKind(place); err != nil {
		return nil, err
	}
	plaintext, err := json.Marshal(row)
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("encode %s: %w", place, err))
	}
	return s.sealer.Seal(plaintext, place)
}

// open reverses seal. It fails for a value that was sealed for another place.
func (s *Store) open(sealed []byte, place string, row any) error {
	plaintext, err := s.sealer.Open(sealed, place)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plaintext, row); err != nil {
		return idp.Wrap(idp.CodeInternal, fmt.Errorf("decode %s: %w", place, err))
	}
	return nil
}

// translate turns go-redis errors into ours: a missing value is idp.ErrNotFound, everything else means that Redis does not
// answer as it should.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return idp.ErrNotFound
	default:
		return idp.Wrap(idp.CodeUnavailable, fmt.Errorf("redis: %w", err))
	}
}

func unexpected(result any) error {
	return idp.Wrap(idp.CodeInternal, fmt.Errorf("redis: unexpected answer of type %T", result))
}

// milliseconds is a lifetime as Redis takes it, rounded up; one that is over already is an error, because Redis would take
// it for none at all.
func milliseconds(life time.Duration) (int64, error) {
	if life <= 0 {
		return 0, idp.Wrap(idp.CodeInternal, fmt.Errorf("redis: lifetime of %s", life))
	}
	return int64((life + time.Millisecond - 1) / time.Millisecond), nil
}
