package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/redisstore"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func open(t *testing.T, client *redis.Client, keys ...[]byte) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(client, redisstore.Options{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func session() rp.Session {
	return rp.Session{Subject: "usr_mia", Name: "Mia", SID: "ses_1", RefreshToken: "hunter2", ExpiresAt: time.Now().Add(time.Hour)}
}

func TestContract(t *testing.T) {
	url := testenv.Redis(t)
	rptest.TestStore(t, func(t *testing.T) rp.Store { return open(t, connect(t, url), key(1)) })
}

func TestNothingIsReadableInRedis(t *testing.T) {
	client := connect(t, testenv.Redis(t))
	if err := open(t, client, key(1)).Create(t.Context(), "k", session()); err != nil {
		t.Fatal(err)
	}
	for _, name := range client.Keys(t.Context(), "*").Val() {
		dump := client.Dump(t.Context(), name).Val()
		for _, secret := range []string{"hunter2", "Mia"} {
			if strings.Contains(dump, secret) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
		if ttl := client.PTTL(t.Context(), name).Val(); ttl <= 0 || ttl > time.Hour {
			t.Errorf("%s lives %s", name, ttl)
		}
	}
}

func TestSessionPutInAnothersPlaceIsNone(t *testing.T) {
	client := connect(t, testenv.Redis(t))
	s := open(t, client, key(1))
	if err := s.Create(t.Context(), "victim", session()); err != nil {
		t.Fatal(err)
	}
	from, to := redisstore.DefaultPrefix+"session:victim", redisstore.DefaultPrefix+"session:thief"
	if err := client.Copy(t.Context(), from, to, 0, true).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), "thief"); !errors.Is(err, rp.ErrNoSession) {
		t.Errorf("found %v", err)
	}
}

func TestKeysRotate(t *testing.T) {
	client := connect(t, testenv.Redis(t))
	if err := open(t, client, key(1)).Create(t.Context(), "k", session()); err != nil {
		t.Fatal(err)
	}
	found, err := open(t, client, key(2), key(1)).Find(t.Context(), "k")
	if err != nil || string(found.RefreshToken) != "hunter2" {
		t.Fatalf("with the new key in front: %v", err)
	}
	if err := open(t, client, key(2), key(1)).Update(t.Context(), "k", found); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, client, key(2)).Find(t.Context(), "k"); err != nil {
		t.Errorf("sealed anew: %v", err)
	}
	if _, err := open(t, client, key(1)).Find(t.Context(), "k"); !errors.Is(err, rp.ErrNoSession) {
		t.Errorf("with the old key alone: %v", err)
	}
}

func TestRedisAwayIsNoMissingSession(t *testing.T) { // ABUSE 44
	client := connect(t, testenv.Redis(t))
	s := open(t, client, key(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, claimErr := s.Claim(ctx, "n", time.Minute)
	_, endErr := s.End(ctx, "", "ses_1")
	_, findErr := s.Find(ctx, "k")
	for name, err := range map[string]error{
		"create": s.Create(ctx, "k", session()), "find": findErr, "update": s.Update(ctx, "k", session()),
		"delete": s.Delete(ctx, "k"), "end": endErr, "claim": claimErr,
	} {
		if err == nil || errors.Is(err, rp.ErrNoSession) || errors.Is(err, rp.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	client := redis.NewClient(&redis.Options{})
	t.Cleanup(func() { _ = client.Close() })
	for name, o := range map[string]redisstore.Options{"no key": {}, "a short key": {Keys: [][]byte{key(1), make([]byte, 16)}}} {
		if _, err := redisstore.New(client, o); err == nil || !strings.Contains(err.Error(), "Keys") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := redisstore.New(nil, redisstore.Options{Keys: [][]byte{key(1)}}); err == nil {
		t.Error("no client: accepted")
	}
}
