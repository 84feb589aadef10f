package redisstore_test

import (
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/testenv"
)

// sealedByKey holds that no kind of sealed value is forgotten by the count on which it rests that a key may be retired: everything that
// begins as sealed values do is counted, whatever kind of key holds it.
func sealedByKey(t *testing.T, s redisStore) {
	storeOneOfEach(t, s)
	raw := map[string]int64{}
	for _, key := range allKeys(t, s) {
		values := map[string]string{"": ""}
		var err error
		if kind := s.Raw.Type(t.Context(), key).Val(); kind == "string" {
			values[""], err = s.Raw.Get(t.Context(), key).Result()
		} else {
			values, err = s.Raw.HGetAll(t.Context(), key).Result()
		}
		must(t, err)
		for _, value := range values {
			if id, ok := seal.KeyOf([]byte(value)); ok {
				raw[string(seal.Prefix(id))]++
			}
		}
	}
	const kinds = 4 // a sign-in, a code, an opaque token, an answer
	counts, err := s.Store.CountSealed(t.Context())
	must(t, err)
	if len(raw) != 1 || len(counts) != 1 {
		t.Fatalf("%d keys sealed what is there, %d were counted", len(raw), len(counts))
	}
	for begins, n := range raw {
		if n != kinds || counts[begins] != n {
			t.Fatalf("%d values, %d counted, want %d: a new kind has to be listed in sealedKinds", n, counts[begins], kinds)
		}
		before := len(allKeys(t, s))
		gone, err := s.Store.DropSealed(t.Context(), seal.Prefix(1))
		if err != nil || gone != 0 || len(allKeys(t, s)) != before {
			t.Errorf("%d values of another key dropped, %v", gone, err)
		}
		gone, err = s.Store.DropSealed(t.Context(), []byte(begins))
		if err != nil || gone != kinds || len(allKeys(t, s)) != before-kinds {
			t.Errorf("%d values dropped, %v, want %d and nothing else", gone, err, kinds)
		}
	}
	counts, err = s.Store.CountSealed(t.Context())
	if err != nil || len(counts) != 0 {
		t.Errorf("still there: %v, %v", counts, err)
	}
}

func TestSealedByKeyInACluster(t *testing.T) {
	address := testenv.RedisServer(t, "--cluster-enabled", "yes")
	oneNodeCluster(t, client(t, address))
	sealedByKey(t, portsOf(t, open(t, strings.Replace(address, "redis://", "redis+cluster://", 1))))
}
