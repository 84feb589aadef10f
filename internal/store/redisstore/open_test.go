package redisstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

func TestOpenRefusesWrongAddressesAndHidesThem(t *testing.T) {
	for _, address := range []string{
		"", "embeded", "localhost:6379", "http://:hunter2@localhost", "redis+ring://:hunter2@localhost", "rediss+://x+y",
		"redis://:hunter2@localhost:port", "redis://:hunter2/x@localhost:6379", "redis://:123/hunter2@localhost", "redis://:hunter2@localhost/first",
		"redis://:hunter2@localhost?hunter2=1", "redis://:%zzhunter2@localhost", "redis+cluster://:hunter2@localhost?addr=hunter2",
		"redis+sentinel://:hunter2@localhost", "redis+sentinel://:hunter2@localhost/first?master_name=m", "redis://:hunter2@local host",
	} {
		store, err := redisstore.Open(t.Context(), address, newSealer(t))
		if store != nil || idp.CodeOf(err) != idp.CodeInvalid {
			t.Errorf("%q: %v", address, err)
			continue
		}
		if text := err.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, "redis-url") || strings.Contains(text, "\n") {
			t.Errorf("%q: the error says %q", address, text)
		}
	}
}

func TestOpenTakesEveryKindOfAddress(t *testing.T) {
	for address, want := range map[string]string{
		"redis://127.0.0.1:1/3":                                    "single",
		"rediss://user:secret@127.0.0.1:1":                         "single",
		"redis+sentinel://127.0.0.1:1?master_name=apsid":           "single",
		"rediss+cluster://127.0.0.1:1?addr=127.0.0.1:2":            "cluster",
		"redis+cluster://user:secret@127.0.0.1:1?pool_size=7":      "cluster",
		"rediss+sentinel://:secret@127.0.0.1:1?master_name=a&db=2": "single",
	} {
		client, stop, err := redisstore.Connect(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		kind := "single"
		if _, ok := client.(*redis.ClusterClient); ok {
			kind = "cluster"
		}
		if kind != want {
			t.Errorf("%s: a client of kind %s, want %s", address, kind, want)
		}
		stop()
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenSaysThatNobodyAnswers(t *testing.T) { // ABUSE 44
	for _, address := range []string{
		"redis://127.0.0.1:1", "redis+cluster://127.0.0.1:1", "redis+sentinel://127.0.0.1:1?master_name=apsid",
		"redis://:hunter2@" + silent(t),
	} {
		begin := time.Now()
		_, err := redisstore.Open(t.Context(), address, newSealer(t))
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s: took %s", address, took)
		}
		if !errors.Is(err, idp.ErrUnavailable) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestEmbeddedStoresAreApart(t *testing.T) {
	one, other := open(t, redisstore.Embedded), open(t, redisstore.Embedded)
	if err := create(t.Context(), one, "code"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Codes().ConsumeCode(t.Context(), "code"); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("the code of another one: %v", err)
	}
}
