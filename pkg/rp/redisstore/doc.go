// Package redisstore keeps the sessions of an app in Redis, for an app with more than one process.
//
// A session holds tokens, so it is sealed (AES-256-GCM, bound to its key) with a key from the app's configuration: an
// attacker who reads the Redis, or a backup of it, reads no token and no name, and one who writes to it can't put a
// session in another's place. Every operation is one command or one script on keys of one hash slot each, so it works
// on a cluster too.
//
// It owns its prefix and nothing else in the Redis. What is lost with it are sessions: people sign in again.
package redisstore
