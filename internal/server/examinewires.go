package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// What an operator should know of the stores, though all works.
const (
	notePlain     = "nothing makes connections to %s use TLS, so whoever is on the network between can read and change what the node stores: %s"
	noteUnchecked = "connections to %s are encrypted, but the node does not check whom it talks to: %s"

	adviseDatabase = "set sslmode=verify-full, with sslrootcert= for an authority of your own"
	adviseRedis    = "use rediss://, without skip_verify"

	noteEvicts = "its maxmemory-policy is %s: once its memory is full it deletes sign-ins in flight, and the counts of guesses and " +
		"of messages, and tells nobody; set it to noeviction"
	noteEvictsUnknown = "it does not say what it does once its memory is full (INFO memory): see to it that its maxmemory-policy is noeviction, " +
		"because another one deletes sign-ins in flight and counts of guesses, and tells nobody"
)

// examineWires looks at the way to both stores. That of a store which cannot be read is the business of the check on that store.
func examineWires(c config.Places) Check {
	var notes []string
	note := func(advice string, plain, unchecked []string) {
		if len(plain) > 0 {
			notes = append(notes, fmt.Sprintf(notePlain, strings.Join(plain, ", "), advice))
		}
		if len(unchecked) > 0 {
			notes = append(notes, fmt.Sprintf(noteUnchecked, strings.Join(unchecked, ", "), advice))
		}
	}
	plain, unchecked, err := sqlstore.Exposed(c.DatabaseURL())
	note(adviseDatabase, plain, unchecked)
	plain, unchecked, redisErr := redisstore.Exposed(c.RedisURL())
	note(adviseRedis, plain, unchecked)
	return Check{Name: "encryption to the stores", Err: errors.Join(err, redisErr), Note: strings.Join(notes, "; ")}
}

// examineRedis returns what an operator should know of how Redis keeps its data; "" if it deletes nothing by itself.
func examineRedis(ctx context.Context, c config.Places, sealer *seal.Sealer) (note string, err error) {
	store, err := redisstore.Open(ctx, c.RedisURL(), sealer)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	policies, err := store.Evictions(ctx)
	if err != nil {
		return "", err
	}
	return evicts(policies), nil
}

func evicts(policies []string) string {
	var notes []string
	for _, policy := range policies {
		switch policy {
		case redisstore.KeepsAll:
		case "":
			notes = append(notes, noteEvictsUnknown)
		default:
			notes = append(notes, fmt.Sprintf(noteEvicts, policy))
		}
	}
	return strings.Join(notes, "; ")
}
