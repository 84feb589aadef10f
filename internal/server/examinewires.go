package server

import (
	"context"
	"strings"

	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

var (
	databasePlain     = fault{Note, "nothing makes connections to the database at %s use TLS, so whoever is on the network between can read and change what the node stores", "set sslmode=verify-full in --database-url (APSID_DATABASE_URL), with sslrootcert= for an authority of your own"}
	databaseUnchecked = fault{Note, "connections to the database at %s are encrypted, but the node does not check whom it talks to", "set sslmode=verify-full in --database-url (APSID_DATABASE_URL), with sslrootcert= for an authority of your own"}
	redisPlain        = fault{Note, "nothing makes connections to Redis at %s use TLS, so whoever is on the network between can read and change what the node stores", "use rediss:// in --redis-url (APSID_REDIS_URL), without skip_verify"}
	redisUnchecked    = fault{Note, "connections to Redis at %s are encrypted, but the node does not check whom it talks to", "use rediss:// in --redis-url (APSID_REDIS_URL), without skip_verify"}
)

// examineWires looks at the way to both stores. An address that cannot be read is for the check of its store to say.
func examineWires(_ context.Context, x *examined) (all []Finding) {
	places := x.node.Places()
	add := func(kind fault, servers []string) {
		if len(servers) > 0 {
			all = append(all, kind.found(strings.Join(servers, ", ")))
		}
	}
	if plain, unchecked, err := sqlstore.Exposed(places.DatabaseURL()); err == nil {
		add(databasePlain, plain)
		add(databaseUnchecked, unchecked)
	}
	if plain, unchecked, err := redisstore.Exposed(places.RedisURL()); err == nil {
		add(redisPlain, plain)
		add(redisUnchecked, unchecked)
	}
	return all
}
