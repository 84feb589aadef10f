package redisstore

import "github.com/redis/go-redis/v9"

var (
	// putScript writes a session with its end. KEYS: session. ARGV: version, sealed, milliseconds.
	putScript = redis.NewScript(`
redis.call('HSET', KEYS[1], 'v', ARGV[1], 's', ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`)

	// updateScript replaces a session of a certain version. KEYS: session. ARGV: version, next version, sealed, milliseconds.
	updateScript = redis.NewScript(`
local version = redis.call('HGET', KEYS[1], 'v')
if not version then return 'gone' end
if version ~= ARGV[1] then return 'changed' end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 's', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 'ok'`)

	// addScript puts a key into a sorted set, by the end of its session; the set lives as long as its longest session, and those
	// that are over leave it. KEYS: set. ARGV: key, end and now, in milliseconds since 1970.
	addScript = redis.NewScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local life = ARGV[2] - ARGV[3]
if redis.call('PTTL', KEYS[1]) < life then redis.call('PEXPIRE', KEYS[1], life) end
return 1`)
)
