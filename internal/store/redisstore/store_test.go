package redisstore_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

func TestContractEmbedded(t *testing.T) {
	contract(t, func(t *testing.T) redisStore { return portsOf(t, open(t, redisstore.Embedded)) })
}

func TestContractServer(t *testing.T) {
	contract(t, func(t *testing.T) redisStore { return portsOf(t, open(t, testenv.Redis(t))) })
}

func portsOf(t *testing.T, store *redisstore.Store) redisStore {
	t.Helper()
	limits, err := store.SMSLimits(contractLimits(), func(idp.LimitName) {})
	if err != nil {
		t.Fatal(err)
	}
	return redisStore{
		Transactions: store.Transactions(),
		Codes:        store.Codes(),
		References:   store.References(),
		Pushed:       store.Pushed(),
		SeenProofs:   store.SeenProofs(),
		Held:         store.Held(),
		SMSLimits:    limits,
		Rates:        store.Rates(testLimits(), func(idp.LimitName) {}),
		Activity:     store.Activity(),
		Answers:      store.Answers(),
		Strangers:    store,
		Checks:       store.Checks(),
		Store:        store,
		Raw:          store.Raw(),
	}
}

// contractLimits are what the suite counts up to: small, and not the defaults, which may change with what people need.
func contractLimits() idp.Limits {
	limits := policy.DefaultLimits()
	limits[idp.LimitTextsToUser] = idp.Rate{Most: 5, Window: time.Hour}
	limits[idp.LimitTextsToUserByDay] = idp.Rate{Most: 10, Window: 24 * time.Hour}
	limits[idp.LimitTextsToNumber] = idp.Rate{Most: 5, Window: time.Hour}
	limits[idp.LimitTextsToNumberByDay] = idp.Rate{Most: 10, Window: 24 * time.Hour}
	limits[idp.LimitUnverifiedByNetwork] = idp.Rate{Most: 20, Window: time.Hour}
	limits[idp.LimitUnverifiedOfPractice] = idp.Rate{Most: 200, Window: 24 * time.Hour}
	return limits
}

func open(t testing.TB, address string) *redisstore.Store {
	t.Helper()
	store, err := redisstore.Open(t.Context(), address, newSealer(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}
