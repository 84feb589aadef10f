package redisstore

import "github.com/redis/go-redis/v9"

// MarkLife is how long a mark is kept.
const MarkLife = markLife

// Raw is the connection itself, to look at what is stored.
func (s *Store) Raw() redis.UniversalClient { return s.client }

// Connect is the choice of a client, without waiting for an answer.
func Connect(address string) (redis.UniversalClient, func(), error) { return connect(address) }

// Commands are those that the user of a node may give.
func Commands() []string { return commands() }
