package browsertest_test

import (
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
)

// scenario is one thing that people do, or that is tried on them. Each begins on a site of its own.
type scenario struct {
	name string
	play func(t *testing.T, s *stage)
}

func scenarios() []scenario {
	return []scenario{
		{"set up an app", scenarioSetUpAnApp},
		{"sign in with an app", scenarioSignInWithAnApp},
		{"set up text messages", scenarioSetUpSMS},
		{"recover by PIN", scenarioRecover},
		{"another password", scenarioNewPassword},
		{"each app signs in on its own", scenarioEachAppSignsInOnItsOwn},
		{"foreign client", scenarioForeignClientVerifiesTheIDToken},
	}
}

// moreScenarios don't depend on where facts are kept; the stores' own tests hold that.
func moreScenarios() []scenario {
	return []scenario{
		{"too many wrong codes", scenarioLock},
		{"text that has to wait", scenarioTextWaits},
		{"practice without MFA", scenarioPracticeWithoutMFA},
		{"two tabs", scenarioTwoTabs},
		{"another password by code", scenarioNewPasswordByCode},
		{"link in another browser", scenarioLinkInAnotherBrowser},
		{"steps out of order", scenarioStepsOutOfOrder},
		{"beside the way", scenarioBesideTheWay},
	}
}

// The first round also looks at every page: accessible, fitting, and pictured if asked for.
func TestSignInOnEmbeddedStores(t *testing.T) {
	t.Parallel()
	chrome, inspector := browsertest.Start(t), browsertest.NewInspector(t)
	all, played := slices.Concat(scenarios(), moreScenarios()), 0
	for _, one := range all {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: embedded(t), inspector: inspector, browser: with(chrome)})
			played++
		})
	}
	if played < len(all) {
		return // only one scenario is run, or one has failed already
	}
	for _, page := range pages() {
		if !inspector.Seen()[page] {
			t.Errorf("nobody looked at the page %s", page)
		}
	}
}

// pages are the steps of the sign-in and the pages beside it; each has to be looked at.
func pages() []string {
	return []string{
		"password", "choose", "totp-setup", "sms-setup", "sms-verify", "recovery-pin", "totp", "sms", "recover", "revoke", "new-password",
		"notice-locked", "notice-forgotten-pin", "start", "inbox", "message", "unknown-app", "not-found", "confirm-logout", "signed-out", "style", "api",
	}
}

func TestSignInWithoutScripts(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for _, one := range scenarios()[:4] {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: embedded(t), browser: with(chrome, browsertest.WithoutScripts())})
		})
	}
}

func TestSignInOnPostgresAndRedis(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for _, one := range scenarios() {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: servers(t), browser: with(chrome)})
		})
	}
}

func TestSignInAcrossTwoNodes(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for _, one := range scenarios() {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: twoNodes(t), browser: with(chrome)})
		})
	}
}

func with(chrome *browsertest.Chrome, options ...browsertest.Option) func(*testing.T) *browsertest.Browser {
	return func(t *testing.T) *browsertest.Browser { return chrome.Browser(t, options...) }
}
