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

	// addScript puts a key into a set, which lives as long as its longest session. KEYS: set. ARGV: key, milliseconds.
	addScript = redis.NewScript(`
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`)
)
