package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	// scanned is how many keys are looked at with one question.
	scanned = 500
	// prefixBytes is how many bytes at the beginning of a sealed value tell which key sealed it.
	prefixBytes = 5
)

// sealedKinds says, for each kind of key with sealed values, in which field of a hash they are; "": the key is no hash. What is not
// listed can't be sealed: see Store.seal.
func sealedKinds() map[string]string {
	return map[string]string{"signin": "row", "code": "grant", "answer": "answer", "reference": "", "pushed": "", "held": ""}
}

// kindOf is the kind of a place that is sealed for, or of a key without its prefix.
func kindOf(name string) string { return name[:max(strings.IndexAny(name, ":/"), 0)] }

func checkKind(place string) error {
	if _, found := sealedKinds()[kindOf(place)]; !found {
		return idp.Wrap(idp.CodeInternal, fmt.Errorf("%q is not listed as sealed", kindOf(place)))
	}
	return nil
}

// Embedded reports whether this Redis is inside of the process: no other process sees what is in it.
func (s *Store) Embedded() bool { return s.embedded }

// CountSealed counts the sealed values by how they begin, which tells which key sealed them. It looks at every key: it is for
// commands of an operator.
func (s *Store) CountSealed(ctx context.Context) (map[string]int64, error) {
	counts := map[string]int64{}
	err := s.eachSealed(ctx, func(_ context.Context, _, begins string) error {
		counts[begins]++
		return nil
	})
	return counts, err
}

// dropSealed deletes a key if its value begins so. KEYS[1]; ARGV: the field or "", the beginning.
const dropSealed = `
local value
if ARGV[1] == '' then value = redis.call('GET', KEYS[1]) else value = redis.call('HGET', KEYS[1], ARGV[1]) end
if not value or string.sub(value, 1, #ARGV[2]) ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])`

// DropSealed deletes what one key sealed, and returns how much it was: the sign-ins in flight begin again. One that a node seals with
// another key meanwhile stays.
func (s *Store) DropSealed(ctx context.Context, begins []byte) (dropped int64, err error) {
	script := redis.NewScript(dropSealed)
	err = s.eachSealed(ctx, func(ctx context.Context, key, found string) error {
		if found != string(begins) {
			return nil
		}
		gone, err := s.runInt(ctx, script, []string{key}, sealedKinds()[kindOf(strings.TrimPrefix(key, prefix))], found)
		dropped += gone
		return err
	})
	return dropped, err
}

// eachSealed calls do, one call at a time, with every key that holds a sealed value, and how that begins.
func (s *Store) eachSealed(ctx context.Context, do func(ctx context.Context, key, begins string) error) error {
	var mu sync.Mutex
	scan := func(ctx context.Context, client redis.Cmdable) error {
		for cursor := uint64(0); ; {
			keys, next, err := s.page(ctx, client, cursor)
			if err != nil {
				return err
			}
			begins, err := s.beginnings(ctx, client, keys)
			if err != nil {
				return err
			}
			mu.Lock()
			for key, begin := range begins {
				err = errors.Join(err, do(ctx, key, begin))
			}
			mu.Unlock()
			if err != nil || next == 0 {
				return err
			}
			cursor = next
		}
	}
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return scan(ctx, s.client)
	}
	return translate(cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error { return scan(ctx, master) }))
}

func (s *Store) page(ctx context.Context, client redis.Cmdable, cursor uint64) ([]string, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	keys, next, err := client.Scan(ctx, cursor, prefix+"*", scanned).Result()
	return keys, next, translate(err)
}

// beginnings reads how the sealed values of those of the keys begin that have one.
func (s *Store) beginnings(ctx context.Context, client redis.Cmdable, keys []string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	read := map[string]*redis.StringCmd{}
	_, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range keys {
			field, sealed := sealedKinds()[kindOf(strings.TrimPrefix(key, prefix))]
			switch {
			case !sealed:
			case field == "":
				read[key] = pipe.GetRange(ctx, key, 0, prefixBytes-1)
			default:
				read[key] = pipe.HGet(ctx, key, field)
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) { // a key may be gone meanwhile, and an answer may not be there yet
		return nil, translate(err)
	}
	begins := map[string]string{}
	for key, command := range read {
		if value, err := command.Result(); err == nil && len(value) >= prefixBytes {
			begins[key] = value[:prefixBytes]
		}
	}
	return begins, nil
}
