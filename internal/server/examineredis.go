package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

const (
	leastRedis = 7
	nearlyFull = 0.9 // of the memory limit
)

var (
	redisGone     = fault{Fail, "%s", "see that Redis runs and that this machine reaches it; --redis-url (APSID_REDIS_URL) says where, with rediss:// only if it speaks TLS"}
	redisPassword = fault{Fail, "it lets this user not in: %s", "correct user and password in --redis-url (APSID_REDIS_URL)"}
	redisRights   = fault{Fail, "the user may not even say PING: %s", "ACL SETUSER as operating.md says for the user in --redis-url (APSID_REDIS_URL)"}
	redisTLS      = fault{Fail, "no encrypted connection: %s", "give the server a certificate for its name in --redis-url (APSID_REDIS_URL), of an authority that this machine knows"}
	redisMaster   = fault{Fail, "Sentinel does not lead to a master: %s", "correct master_name= and the Sentinels in --redis-url (APSID_REDIS_URL)"}
	noCluster     = fault{Fail, "it is no cluster that works: %s", "redis+cluster:// in --redis-url (APSID_REDIS_URL) is for Redis Cluster only; CLUSTER INFO there says what it lacks"}
	alone         = fault{Fail, "Redis is inside this process, and the database is one that nodes share", "give --redis-url (APSID_REDIS_URL) a Redis that all nodes reach: limits and sign-ins are each node's own without it, and go with it"}

	oldRedis     = fault{Fail, "Redis %s is too old", "upgrade to Redis 7 or later"}
	redisReplica = fault{Fail, "it is a replica, which takes no writes", "name the master in --redis-url (APSID_REDIS_URL), or let Sentinel find it with redis+sentinel://"}
	unlikely     = fault{Fail, "it is a node of a cluster", "use redis+cluster:// in --redis-url (APSID_REDIS_URL)"}
	foreign      = fault{Note, "other programs have keys in the same database", "give APS ID a Redis of its own: who else has it can fill it or empty it"}

	evicts = fault{Fail, "its maxmemory-policy is %s: once its memory is full it deletes sign-ins in flight, and the counts of guesses and of messages, and tells nobody",
		"set maxmemory-policy to noeviction"}
	evictsUnknown = fault{Note, "it does not say what it does once its memory is full (INFO is refused)", "see to it that its maxmemory-policy is noeviction, and let the user say INFO"}
	redisFull     = fault{Note, "%d %% of its memory limit is used", "raise maxmemory: a full Redis refuses sign-ins"}

	redisLacks = fault{Fail, "the user may not %s", "ACL SETUSER as operating.md says for the user in --redis-url (APSID_REDIS_URL)"}
)

func lookAtRedis(ctx context.Context, address string, asked Asked) (facts redisstore.Facts, err error) {
	sealer, err := passingSealer()
	if err != nil {
		return facts, err
	}
	store, err := redisstore.Open(ctx, address, sealer)
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.Look(ctx, asked.Clock)
}

func examineRedis(_ context.Context, x *examined) []Finding {
	if x.node.Places().RedisURL() == config.Embedded && !x.isFile() {
		return []Finding{alone.found()}
	}
	_, err := x.redis()
	if err == nil {
		return nil
	}
	kind := redisGone
	switch redisstore.RefusalOf(err) {
	case redisstore.RefusedUser:
		kind = redisPassword
	case redisstore.RefusedRights:
		kind = redisRights
	case redisstore.RefusedTLS:
		kind = redisTLS
	case redisstore.RefusedMaster:
		kind = redisMaster
	case redisstore.RefusedCluster:
		kind = noCluster
	case redisstore.RefusedOther:
	}
	return []Finding{kind.found(strings.TrimPrefix(reason(err), "redis: "))}
}

func examineRedisServer(_ context.Context, x *examined) (all []Finding) {
	facts, _ := x.redis()
	if facts.Version != "" && redisstore.Major(facts.Version) < leastRedis {
		all = append(all, oldRedis.found(facts.Version))
	}
	if facts.Replica {
		all = append(all, redisReplica.found())
	}
	if facts.Clustered {
		all = append(all, unlikely.found())
	}
	if facts.Foreign {
		all = append(all, foreign.found())
	}
	return all
}

func examineRedisMemory(_ context.Context, x *examined) (all []Finding) {
	facts, _ := x.redis()
	for _, policy := range facts.Policies {
		switch policy {
		case redisstore.KeepsAll:
		case "":
			all = append(all, evictsUnknown.found())
		default:
			all = append(all, evicts.found(policy))
		}
	}
	if facts.FullPart > nearlyFull {
		all = append(all, redisFull.found(int(100*facts.FullPart)))
	}
	return all
}

func examineRedisUser(_ context.Context, x *examined) []Finding {
	facts, _ := x.redis()
	if len(facts.Lacks) == 0 {
		return nil
	}
	slices.Sort(facts.Lacks)
	return []Finding{redisLacks.found(strings.Join(facts.Lacks, ", "))}
}

const (
	muchAhead   = 30 * time.Second // from here on codes of authenticator apps are refused
	somewhat    = 5 * time.Second
	clockRounds = 100 * time.Millisecond
)

var (
	clockWrong = fault{Fail, "the clock of %s is %s that of this machine", "let chrony or systemd-timesyncd set the clocks of both machines"}
	clockOff   = fault{Note, "the clock of %s is %s that of this machine", "let chrony or systemd-timesyncd set the clocks of both machines"}
)

// examineClocks compares the clocks of the stores that answer with ours.
func examineClocks(_ context.Context, x *examined) (all []Finding) {
	if facts, err := x.database(); err == nil {
		all = append(all, judgeClock("the database", facts.Ahead)...)
	}
	if facts, err := x.redis(); err == nil {
		all = append(all, judgeClock("Redis", facts.Ahead)...)
	}
	return all
}

func judgeClock(whose string, ahead time.Duration) []Finding {
	off := ahead.Abs().Round(clockRounds)
	how := off.String() + " ahead of"
	if ahead < 0 {
		how = off.String() + " behind"
	}
	switch {
	case off >= muchAhead:
		return []Finding{clockWrong.found(whose, how)}
	case off >= somewhat:
		return []Finding{clockOff.found(whose, how)}
	default:
		return nil
	}
}
