package conformance_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/conformance"
)

// warned are the warnings that the provider draws, with the reason why it does not do what they ask for. None of them is in the way
// of a certification.
func warned() map[string]map[string]string {
	return map[string]map[string]string{
		"oidcc-scope-profile": {"VerifyScopesReturnedInUserInfoClaims": "of fourteen claims we know four, and guess none"},
	}
}

func TestTheProviderPassesEachModule(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	var jobs []job
	for _, m := range conformance.Modules() {
		jobs = append(jobs, job{
			name: string(m.Plan) + "/" + m.Name, module: m, config: p.config(m, p.reach("")),
			hold: func(t *testing.T, got conformance.Result) {
				t.Log(got)
				judge(t, m.Name, got)
			},
		})
	}
	newSlots().run(t, jobs, func(s *slots, c *conformance.Config) { c.Pause = s.pause })
}

// leftOut are the modules that the provider is not fit for, with the optional feature that it does not have.
func leftOut() map[string]string {
	return map[string]string{
		"oidcc-idtoken-unsigned": "every ID token is signed",
		"oidcc-scope-address":    "no addresses are kept",
		"oidcc-scope-phone":      "telephone numbers are for MFA, and no app's business",
		"oidcc-scope-all":        "for both reasons",
		"fapi2-security-profile-final-user-rejects-authentication":                     "nobody is asked whether an app of APS may sign them in: there is nothing to reject",
		"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported":    "a request is sent as it is",
		"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": "a request is sent as it is",
	}
}

// judge holds a module's result: no failure, no warning but those that are known, and skipped only if it is known why.
func judge(t *testing.T, module string, got conformance.Result) {
	t.Helper()
	if _, left := leftOut()[module]; left != (got.Verdict == conformance.Skipped) {
		t.Errorf("skipped: %v, want %v", got.Verdict == conformance.Skipped, left)
	}
	for _, f := range got.Findings {
		_, known := warned()[module][f.Condition]
		if f.Failure || !known {
			t.Errorf("%s", f)
		}
	}
	for condition := range warned()[module] {
		if !got.Found(condition) {
			t.Errorf("%s is not drawn: take it out of the warnings", condition)
		}
	}
}

// everyRule reports whether every rule of every module is broken, which takes minutes, or one of each (make conformance, make test).
func everyRule() bool { return os.Getenv("APSID_TEST_EVERY_RULE") != "" }

// broken are the rules that are broken for a module.
func broken(m conformance.Module) []rule {
	all := rules(m)
	if everyRule() {
		return all
	}
	return all[:min(1, len(all))]
}

// A rule that no provider breaks may be held by nothing: each entry is shown providers that break one of the module's rules each.
func TestEachModuleFailsWhenItsRuleIsBroken(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	var jobs []job
	for _, m := range conformance.Modules() {
		failures := 0
		for _, r := range broken(m) {
			jobs = append(jobs, p.breaking(m, r, &failures))
		}
		if m.Name == backchannelModule && everyRule() {
			jobs = append(jobs, p.breakingLogoutTokens(m, &failures)...)
		}
		jobs = append(jobs, job{name: string(m.Plan) + "/" + m.Name, hold: func(t *testing.T, _ conformance.Result) {
			if everyRule() && failures == 0 {
				t.Error("no rule was broken so that the module fails")
			}
		}})
	}
	seen := newSlots().run(t, jobs, func(s *slots, c *conformance.Config) { c.Pause = s.hurry })
	if !everyRule() {
		return
	}
	for _, condition := range conditions(t) {
		if !slices.ContainsFunc(seen, func(r conformance.Result) bool { return r.Found(condition) }) {
			t.Errorf("no rule was broken that %s is about", condition)
		}
	}
}

// conditions are those that the entries hold, as far as their names stand beside the word fail, warn or stop.
func conditions(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, file := range files {
		source, err := os.ReadFile(file)
		must(t, err)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range regexp.MustCompile(`\.(?:fail|warn|stop)\("([A-Za-z0-9]+)",`).FindAllStringSubmatch(string(source), -1) {
			names = append(names, found[1])
		}
	}
	if len(names) < 80 {
		t.Fatalf("%d conditions were found", len(names))
	}
	return names
}

const backchannelModule = "oidcc-backchannel-rp-initiated-logout"

// breaking runs a module at a provider that breaks a rule.
func (p *provider) breaking(m conformance.Module, r rule, failures *int) job {
	j := job{
		name: string(m.Plan) + "/" + m.Name + "/" + r.broken, module: m, hold: found(r.condition, failures),
		config: p.config(m, p.reach(p.serve(listen(p.t), p.proxy(r.by(p.keys))))),
	}
	if m.Name == backchannelModule {
		j.turn = &p.relay.turn
	}
	return j
}

// breakingLogoutTokens runs the module at a provider that breaks rules of what it sends to the app.
func (p *provider) breakingLogoutTokens(m conformance.Module, failures *int) (jobs []job) {
	withKeys := &breach{response: func(e *exchange) {
		if e.is(pathKeys) {
			e.object(func(set map[string]any) { lists(set, "keys", p.keys.public()...) })
		}
	}}
	way := p.reach(p.serve(listen(p.t), p.proxy(withKeys)))
	for _, r := range logoutTokenRules() {
		jobs = append(jobs, job{
			name: string(m.Plan) + "/" + m.Name + "/" + r.broken, module: m, config: p.config(m, way), hold: found(r.condition, failures),
			turn: &p.relay.turn, before: func() { p.relay.breaks(&r.by) }, after: func() { p.relay.breaks(nil) },
		})
	}
	return jobs
}

// found holds that the condition is among what was found.
func found(condition string, failures *int) func(*testing.T, conformance.Result) {
	return func(t *testing.T, got conformance.Result) {
		t.Log(got)
		if !got.Found(condition) {
			t.Errorf("%s was not found: %s", condition, got)
		}
		if got.Verdict == conformance.Failed {
			*failures++
		}
	}
}

// job is a module that runs beside others, and what is held of its result. Without a module it has none.
type job struct {
	name          string
	module        conformance.Module
	config        conformance.Config
	hold          func(*testing.T, conformance.Result)
	turn          *sync.Mutex // held while it runs; nil: none
	before, after func()
}

// slots bounds how many modules run at once. A module that waits takes no place.
type slots struct{ free chan struct{} }

func newSlots() *slots { return &slots{free: make(chan struct{}, 4)} }

func (s *slots) run(t *testing.T, jobs []job, change func(*slots, *conformance.Config)) []conformance.Result {
	t.Helper()
	results := make([]conformance.Result, len(jobs))
	var running sync.WaitGroup
	for i, j := range jobs {
		if j.module.Name == "" {
			continue
		}
		change(s, &j.config)
		running.Go(func() { results[i] = s.runOne(t.Context(), j) })
	}
	running.Wait()
	for i, j := range jobs {
		t.Run(j.name, func(t *testing.T) { j.hold(t, results[i]) })
	}
	return results
}

func (s *slots) runOne(ctx context.Context, j job) conformance.Result {
	if j.turn != nil {
		j.turn.Lock()
		defer j.turn.Unlock()
	}
	if j.before != nil {
		j.before()
		defer j.after()
	}
	s.free <- struct{}{}
	defer func() { <-s.free }()
	return j.module.Run(ctx, j.config)
}

// pause waits for as long as it says.
func (s *slots) pause(ctx context.Context, d time.Duration) error {
	<-s.free
	defer func() { s.free <- struct{}{} }()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// hurry waits for the clock to say another second, and no longer than two.
func (s *slots) hurry(ctx context.Context, d time.Duration) error {
	return s.pause(ctx, min(d, 2*time.Second))
}

// The plans hold as many modules as in the suite: each Basic plan runs 38 with clients that register themselves, and 35 otherwise.
func TestThePlansAreWhole(t *testing.T) {
	got, dynamic := map[conformance.Plan]int{}, map[conformance.Plan]int{}
	seen := map[string]bool{}
	for _, m := range conformance.Modules() {
		got[m.Plan]++
		if m.Dynamic {
			dynamic[m.Plan]++
		}
		if name := fmt.Sprint(m.Plan, m.Name); seen[name] {
			t.Errorf("%s is there twice", name)
		} else {
			seen[name] = true
		}
	}
	want := map[conformance.Plan]int{
		conformance.Basic: 38, conformance.FormPostBasic: 38, conformance.ConfigOP: 1,
		conformance.RPInitiatedLogout: 11, conformance.BackchannelLogout: 2,
		conformance.FAPI2: 56, conformance.FAPI2Machine: 14,
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if plans := slices.Sorted(maps.Keys(dynamic)); len(plans) != 2 || dynamic[plans[0]] != 3 || dynamic[plans[1]] != 3 {
		t.Errorf("left out without dynamic registration: %v", dynamic)
	}
}
