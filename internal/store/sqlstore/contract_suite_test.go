package sqlstore_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// opener opens a store with these options on a new, empty and migrated database that ends with the test. One is enough for the
// whole contract: its tests run one after another, and each empties the tables first.
type opener func(t testing.TB, options sqlstore.Options) *sqlstore.Store

// contract is what the store promises to its callers, on every engine and with no difference allowed: single use, compare-and-swap,
// expiry, whole and exact values, one practice apart from another, nothing readable for a thief.
func contract(t *testing.T, open opener) {
	t.Helper()
	told := &told{}
	store := open(t, sqlstore.Options{Ended: told.hear, Outdated: told.hearOutdated, Queued: told.hearQueued})
	told.store = store
	for name, test := range map[string]func(*testing.T, *world){
		"practice":            testPractice,
		"user":                testUser,
		"user name":           testUsername,
		"user CAS":            testUserCompareAndSwap,
		"password hash":       testPasswordHash,
		"client":              testClient,
		"client CAS":          testClientCompareAndSwap,
		"fields updated":      testEveryFieldIsUpdated,
		"fields replaced":     testEveryFieldIsReplaced,
		"fields stored":       testEveryFieldIsStored,
		"account":             testAccount,
		"authenticator":       testAuthenticator,
		"accept step":         testAcceptStep,
		"passkey":             testPasskey,
		"passkey taken":       testPasskeyTaken,
		"passkey gone":        testPasskeyRemoved,
		"passkey use":         testUsePasskey,
		"passkey use race":    testUsePasskeyRace,
		"passkey replay":      testPasskeyReplay,
		"passkey replay race": testPasskeyReplayRace,
		"user handle":         testUserHandle,
		"user handle race":    testUserHandleRace,
		"accept step race":    testAcceptStepRace,
		"recovery PIN":        testPIN,
		"revoke MFA":          testRevokeMFA,
		"sealed":              testSealed,
		"moved":               testSealedValueMoved,
		"guard":               testGuard,
		"guard race":          testGuardRace,
		"hold guards":         testHoldGuards,
		"guard race first":    testGuardLimit,
		"session":             testSession,
		"hold":                testHold,
		"session repeat":      testSessionRepeat,
		"session by browser":  testSessionByBrowser,
		"end session":         testEndSession,
		"end session race":    testEndSessionRace,
		"end user sessions":   testEndUserSessions,
		"end beside start":    testEndUserSessionsBesideStart,
		"ends are told":       testEndsAreTold,
		"ends are told once":  testEndsAreToldOnce,
		"end practice":        testEndPracticeSessions,
		"end many":            testEndManySessions,
		"end practice beside": testEndPracticeBesideStart,
		"join":                testJoin,
		"join refused":        testJoinRefused,
		"join race":           testJoinRace,
		"join beside end":     testJoinBesideEnd,
		"touch":               testTouch,
		"lapsed":              testLapsed,
		"apps":                testListApps,
		"old node's session":  testOldNodesSession,
		"refresh":             testRefresh,
		"refresh reuse":       testRefreshReuse,
		"refresh race":        testRefreshRace,
		"refresh again":       testRefreshAgain,
		"refresh again race":  testRefreshAgainRace,
		"refresh bounded":     testRefreshFamilyIsBounded,
		"refresh used":        testRefreshUsedLeave,
		"refresh used race":   testRefreshUsedLeaveRace,
		"refresh session end": testRefreshSessionEnd,
		"refresh in a queue":  testRefreshIsLinearizable,
		"key":                 testKey,
		"key race":            testKeyRace,
		"key retired":         testKeyRetired,
		"event":               testEvent,
		"event filter":        testEventFilter,
		"event content":       testEventContent,
		"link":                testLink,
		"link race":           testLinkRace,
		"link replaced":       testLinkReplaced,
		"links replaced":      testLinkReplacedRace,
		"links revoked":       testLinkRevoked,
		"activation":          testActivation,
		"activation race":     testActivationRace,
		"activations":         testActivationList,
		"case":                testCase,
		"cases":               testCaseSearch,
		"reminder":            testReminder,
		"spent":               testSpent,
		"spent for a token":   testSpendFor,
		"signed in":           testSignedIn,
		"signed in, unspent":  testSignedInUnspent,
		"installation":        testInstallation,
		"installation list":   testInstalledList,
		"restored":            testRestored,
		"restored many":       testRestoredMany,
		"epoch":               testEpoch,
		"tables":              testEveryTableIsDecidedAbout,
		"outdated":            testOutdated,
		"outdated standing":   testOutdatedStanding,
		"outdated together":   testOutdatedTogether,
		"activity":            testActivity,
		"everywhere":          testEverywhere,
		"sessions counted":    testSessionCount,
		"search":              testUserSearch,
		"search follows":      testUserSearchFollows,
		"search unfolded":     testUserSearchUnfolded,
		"orders":              testUserOrders,
		"orders hold":         testUserOrdersHold,
		"cursors":             testUserCursors,
		"selection":           testUserSelection,
		"filters":             testUserFilters,
		"counts":              testCounts,
		"named search":        testNamedSearch,
		"automated":           testAutomated,
		"repair names":        testRepairNames,
		"repair guards":       testRepairGuards,
		"guard follows name":  testGuardFollowsName,
		"find guards":         testFindGuards,
		"clean":               testClean,
		"clean many":          testCleanMany,
		"batch":               testUserBatch,
		"batch refused":       testUserBatchRefused,
		"batch race":          testUserBatchRace,
		"batch of events":     testEventBatch,
		"holders":             testHolders,
		"authenticator gone":  testAuthenticatorRemoved,
		"authenticator label": testAuthenticatorRenamed,
		"default way":         testDefaultAuthenticator,
		"client use":          testClientUse,
		"paging":              testPaging,
		"paging while added":  testPagingWhileAdded,
		"rollback":            testRollback,
		"panic":               testPanic,
		"notice":              testNotice,
		"not me":              testNotMe,
		"text":                testText,
		"time":                testTime,
		"across practices":    testAcrossPractices,
		"read your writes":    testReadYourWrites,
		"cancelled":           testCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, store, told)) })
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
