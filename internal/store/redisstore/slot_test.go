package redisstore_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

// TestScriptsStayInOneSlot: a cluster refuses a script whose keys lie in several slots, and a single server does not tell.
func TestScriptsStayInOneSlot(t *testing.T) {
	store := open(t, redisstore.Embedded)
	seen := &scripts{}
	store.Raw().AddHook(seen)
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	tx := signin.Transaction{ID: "tx", Version: 1, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	limits, err := store.SMSLimits(policy.DefaultLimits(), func(idp.LimitName) {})
	if err != nil {
		t.Fatal(err)
	}
	_, takeErr := limits.Take(t.Context(), idp.SMSAsk{UserID: "usr_1", Phone: idp.NewSecret("+61491570006"), Country: "AU"}, now)
	_, consumeErr := store.Transactions().Consume(t.Context(), "none")
	_, redeemErr := store.Codes().ConsumeCode(t.Context(), "none")
	_, beatErr := store.Activity().Beat(t.Context(), "none", "lodgements", now, now, 0, 0, 0)
	for what, err := range map[string]error{
		"take": takeErr, "verified": limits.Verified(t.Context(), idp.SMSAsk{Country: "AU"}, now),
		"create": store.Transactions().Create(t.Context(), tx), "update": store.Transactions().Update(t.Context(), tx),
		"code":  store.Codes().CreateCode(t.Context(), "h", oidcop.Grant{}, time.Minute),
		"learn": store.Activity().Learn(t.Context(), "ses_1", session.Pulse{}, now), "stored": store.Activity().Stored(t.Context(), "ses_1", now),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if idp.CodeOf(consumeErr) != idp.CodeNotFound || idp.CodeOf(redeemErr) != idp.CodeNotFound || idp.CodeOf(beatErr) != idp.CodeNotFound {
		t.Errorf("consume: %v, redeem: %v, beat: %v", consumeErr, redeemErr, beatErr)
	}

	if len(seen.keys) < 10 { // the breaker is asked in the step that counts
		t.Fatalf("%d scripts ran, want one for each call", len(seen.keys))
	}
	for _, keys := range seen.keys {
		tags := make([]string, len(keys))
		for i, key := range keys {
			tags[i] = hashTag(key)
		}
		slices.Sort(tags)
		if distinct := slices.Compact(tags); len(distinct) != 1 {
			t.Errorf("a script over keys of several slots: %q", keys)
		}
	}
}

// hashTag is the part of a key that decides its slot (Redis cluster specification, "hash tags").
func hashTag(key string) string {
	_, after, found := strings.Cut(key, "{")
	if !found {
		return key
	}
	tag, _, found := strings.Cut(after, "}")
	if !found || tag == "" {
		return key
	}
	return tag
}

// scripts is a hook that notes the keys of every script.
type scripts struct {
	mu   sync.Mutex
	keys [][]string
}

func (s *scripts) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.note(cmd)
		return next(ctx, cmd)
	}
}

func (s *scripts) note(cmd redis.Cmder) {
	if cmd.Name() != "evalsha" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	count := cmd.Args()[2].(int)
	keys := make([]string, count)
	for i := range keys {
		keys[i] = fmt.Sprint(cmd.Args()[3+i])
	}
	s.keys = append(s.keys, keys)
}

func (s *scripts) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

func (s *scripts) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
