package redisstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/web/manage"
)

// redisStore is the store by the ports that it answers, and a way to look underneath.
type redisStore struct {
	Transactions signin.Transactions
	Codes        oidcop.Codes
	References   oidcop.References
	Pushed       oidcop.Pushed
	SeenProofs   oidcop.SeenProofs
	SMSLimits    proof.SMSLimits   // user 5/h 10/day, number 5/h 10/day, address 20/h, practice 200/day; else the defaults
	Rates        *redisstore.Rates // of testLimits
	Activity     session.Activity
	Answers      adminapi.Answers
	Held         manage.Held
	Strangers    signin.Strangers
	Checks       signin.PasswordChecks
	Store        *redisstore.Store
	Raw          redis.UniversalClient // the same database, as a thief would see it
}

// contract is what the store promises to its callers, embedded or on a server and with no difference allowed. open returns an empty
// store for one test.
func contract(t *testing.T, open func(t *testing.T) redisStore) {
	contracts := []struct {
		name string
		run  func(t *testing.T, s redisStore)
	}{
		{"StandingChangesForEveryNode", standingChangesForEveryNode},
		{"TransactionRoundTrip", transactionRoundTrip},
		{"TransactionKeepsForeignBytes", transactionKeepsForeignBytes},
		{"TransactionCreateOnce", transactionCreateOnce},
		{"TransactionUpdateComparesVersions", transactionUpdateComparesVersions},
		{"TransactionUpdateByManyIsOne", transactionUpdateByManyIsOne},
		{"TransactionConsumedOnceByMany", transactionConsumedOnceByMany},
		{"TransactionStaysConsumed", transactionStaysConsumed},
		{"TransactionLifetime", transactionLifetime},
		{"TransactionIsSmall", transactionIsSmall},
		{"TransactionIsOver", transactionIsOver},
		{"TransactionMovedIsRefused", transactionMovedIsRefused},
		{"CodeRoundTrip", codeRoundTrip},
		{"CodeCreateOnce", codeCreateOnce},
		{"CodeConsumedOnceByMany", codeConsumedOnceByMany},
		{"CodesAreLinearizable", codesAreLinearizable},
		{"CodeIsOver", codeIsOver},
		{"CodeReuseIsRememberedTenMinutes", codeReuseIsRememberedTenMinutes},
		{"CodeMovedIsRefused", codeMovedIsRefused},
		{"ReferenceRoundTrip", referenceRoundTrip},
		{"ReferenceDelete", referenceDelete},
		{"ReferenceIsOver", referenceIsOver},
		{"ReferenceMovedIsRefused", referenceMovedIsRefused},
		{"PushedRoundTrip", pushedRoundTrip},
		{"PushedIsOver", pushedIsOver},
		{"PushedMovedIsRefused", pushedMovedIsRefused},
		{"PushedIsHidden", pushedIsHidden},
		{"ProofSeenOnceByMany", proofSeenOnceByMany},
		{"ProofIsForgotten", proofIsForgotten},
		{"HeldRoundTrip", heldRoundTrip},
		{"NewsIsHeard", newsIsHeard},
		{"StrangersAreKept", strangersAreKept},
		{"RatesCountAtOnce", ratesCountAtOnce},
		{"RatesLook", ratesLook},
		{"RatesLookAtAll", ratesLookAtAll},
		{"RatesSayWhen", ratesSayWhen},
		{"RatesInParallel", ratesInParallel},
		{"RatesKnowTheirLimits", ratesKnowTheirLimits},
		{"SMSInterval", smsInterval},
		{"SMSFirstOfASignIn", smsFirstOfASignIn},
		{"SMSFirstsAreCounted", smsFirstsAreCounted},
		{"SMSFirstThatIsRefused", smsFirstThatIsRefused},
		{"SMSParallelAsksOfOneUser", smsParallelAsksOfOneUser},
		{"SMSLimitsByName", smsLimitsByName},
		{"SMSRefusalsAreReported", smsRefusalsAreReported},
		{"LimitsWithAnotherWindow", limitsWithAnotherWindow},
		{"SMSVerifiedIsLeftAlone", smsVerifiedIsLeftAlone},
		{"SMSOthersWaitForTheOwner", smsOthersWaitForTheOwner},
		{"SMSOfficeSetsUp", smsOfficeSetsUp},
		{"SMSOfficeOpensThreeApps", smsOfficeOpensThreeApps},
		{"SMSSixPeopleCloseTheirPractice", smsSixPeopleCloseTheirPractice},
		{"SMSBreakersWhenTheClockStepsBack", smsBreakersWhenTheClockStepsBack},
		{"SMSFairPeopleWhenTheClockStepsBack", smsFairPeopleWhenTheClockStepsBack},
		{"SMSOnePracticeClosesNothingElse", smsOnePracticeClosesNothingElse},
		{"SMSOneNetworkClosesNothingElse", smsOneNetworkClosesNothingElse},
		{"SMSOfficeAtWork", smsOfficeAtWork},
		{"SMSBreakerDecides", smsBreakerDecides},
		{"SMSRefusalCountsNowhere", smsRefusalCountsNowhere},
		{"SMSWindowsSlide", smsWindowsSlide},
		{"SMSBreaker", smsBreaker},
		{"SMSBreakerWaitsForPeople", smsBreakerWaitsForPeople},
		{"SMSClockSetBack", smsClockSetBack},
		{"SMSCountersStaySmall", smsCountersStaySmall},
		{"ActivityRoundTrip", activityRoundTrip},
		{"ActivityNeverGoesBack", activityNeverGoesBack},
		{"ActivityIsThrottled", activityIsThrottled},
		{"ActivityAgreesWithPolicy", activityAgreesWithPolicy},
		{"ActivityOfMany", activityOfMany},
		{"ActivityOfCrowd", activityOfCrowd},
		{"ActivityUnknown", activityUnknown},
		{"ActivityForgotten", activityForgotten},
		{"ActivityLearntTwice", activityLearntTwice},
		{"ActivityLifetime", activityLifetime},
		{"ActivityFlushed", activityFlushed},
		{"AnswerRoundTrip", answerRoundTrip},
		{"AnswerOfAnotherRequest", answerOfAnotherRequest},
		{"AnswerClaimedOnceByMany", answerClaimedOnceByMany},
		{"AnswerReleased", answerReleased},
		{"AnswerClaimIsOver", answerClaimIsOver},
		{"AnswerMovedIsRefused", answerMovedIsRefused},
		{"CheckIsKeptForADay", checkIsKeptForADay},
		{"CheckShowsNoOne", checkShowsNoOne},
		{"NothingReadable", nothingReadable},
		{"SealedByKey", sealedByKey},
		{"EverythingIsTemporary", everythingIsTemporary},
		{"FlushedIsNotFound", flushedIsNotFound},
		{"EpochForgets", epochForgets},
		{"MarksAreRaised", marksAreRaised},
	}
	for _, c := range contracts {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			c.run(t, s)
			everyKeyEnds(t, s)
		})
	}
}

// longestLife is more than the time to live of any key: what counts a day is kept for 28 hours.
const longestLife = 36 * time.Hour

// everyKeyEnds holds that whatever a contract did left no key that stays, nor one that stays longer than longestLife.
func everyKeyEnds(t *testing.T, s redisStore) {
	t.Helper()
	for _, key := range allKeys(t, s) {
		longest := longestLife
		if strings.HasPrefix(key, "apsid:mark:") { // one for an installation, kept for as long as that may be off
			longest = redisstore.MarkLife
		}
		if life := lifeOf(t, s, key); life <= 0 && life != -2 || life > longest { // -2: it ended just now
			t.Errorf("%s is kept for %s", key, life)
		}
	}
}

// What package storetest has for both stores, by short names.

const racers = storetest.Racers

func race(fn func(n int) error) []error { return storetest.Race(fn) }

func same[T any](t testing.TB, got, want T) {
	t.Helper()
	storetest.Same(t, got, want)
}

func must(t testing.TB, err error) {
	t.Helper()
	storetest.Must(t, err)
}

func wants(t testing.TB, err, want error) {
	t.Helper()
	storetest.Wants(t, err, want)
}

// keyOf returns the one key whose name holds part.
func keyOf(t *testing.T, s redisStore, part string) string {
	t.Helper()
	var found []string
	for _, key := range allKeys(t, s) {
		if strings.Contains(key, part) {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		t.Fatalf("keys with %q: %q, want one", part, found)
	}
	return found[0]
}

func allKeys(t *testing.T, s redisStore) []string {
	t.Helper()
	keys, err := s.Raw.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// move renames a key as an attacker with access to Redis could: from the identifier from to the identifier to.
func move(t *testing.T, s redisStore, from, to string) {
	t.Helper()
	key := keyOf(t, s, from)
	if err := s.Raw.Rename(t.Context(), key, strings.Replace(key, from, to, 1)).Err(); err != nil {
		t.Fatal(err)
	}
}

// lifeOf returns how long Redis keeps the key on.
func lifeOf(t *testing.T, s redisStore, key string) time.Duration {
	t.Helper()
	life, err := s.Raw.PTTL(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	return life
}

// awaitGone waits until ask says that it is no longer there.
func awaitGone(t *testing.T, ask func(context.Context) (gone bool)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ask(ctx) {
		select {
		case <-ctx.Done():
			t.Fatal("still there after ten seconds")
		case <-tick.C:
		}
	}
}
