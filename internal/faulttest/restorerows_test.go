package faulttest

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/testenv"
)

// restoreRows restore a backup. Their nodes have one clock, which the row moves: a node believes only what has stood for a minute.
func restoreRows() []row {
	clock := &testenv.Clock{}
	return []row{{
		name: "backup-restored", what: "a backup of before is restored under the nodes, and `apsid restore-done` run", abuse: "ABUSE 46, 54", forgets: true,
		people: []idp.Kind{"", idp.KindSMS},
		start: func(testing.TB, launch) launch {
			clock.Advance(-3 * restore.Settled)
			return serveBehind(clock)
		},
		set: plainRow(func(s *scene) { restored(s, clock) }),
	}}
}

// void says which sessions a restore has ended.
type void struct {
	backup, since, until atomic.Int64 // when the backup and the restore began, and when its end was declared: Unix nanoseconds; 0: not yet
}

// has reports whether the session was there, and had not been ended, when the backup was made.
func (v *void) has(s *session) bool { return s.held.UnixNano() < v.backup.Load() && !s.leaving }

// concerns reports whether the session began before the restore had ended: nothing of it may work.
func (v *void) concerns(s *session) bool {
	return v.since.Load() > 0 && (v.until.Load() == 0 || s.began.UnixNano() < v.until.Load())
}

// unknown reports whether the session began, but was not yet held, when the end of the restore was declared.
func (v *void) unknown(s *session) bool { return v.concerns(s) && s.held.UnixNano() >= v.until.Load() }

// restored restores a backup as the runbook says, but for the nodes, which run on.
func restored(s *scene, clock *testenv.Clock) {
	vault := []string{"--database-url", s.stores.direct, "--seal-keys", s.sealFile}
	checkpoint := filepath.Join(s.t.TempDir(), "checkpoint.txt")
	s.void.backup.Store(time.Now().UnixNano())
	backup := testenv.Dump(s.t, s.stores.direct)
	held := s.someone()
	sealed := int64(0)
	within(s.t, "what was done after the backup has its place in the trail", time.Minute, func() bool {
		found := s.column("SELECT min(size)::text FROM log_checkpoints WHERE size > (SELECT max(idx) FROM log_leaves l JOIN events e ON e.id = l.event_id WHERE e.sid = $1) HAVING min(size) > 0", held.sid)
		if len(found) == 1 {
			sealed, _ = strconv.ParseInt(found[0], 10, 64)
		}
		return sealed > 0
	})
	s.command(slices.Concat([]string{"audit", "verify", "--keep-checkpoint", checkpoint}, vault)...)
	s.settle(clock, sealed)

	s.void.since.Store(time.Now().UnixNano())
	s.app.leaked.kid.Store(anyKey)
	testenv.Undump(s.t, s.stores.direct, backup)
	within(s.t, "every node notices", time.Minute, func() bool { return !slices.ContainsFunc(s.nodes, func(n node) bool { return isReady(n.address()) }) })
	if a, err := held.bearer(s.world, "userinfo_endpoint", ""); err != nil || a.status != http.StatusServiceUnavailable {
		s.t.Errorf("on a database that is older than before, userinfo answers %d, %v", a.status, err)
	}
	s.command(slices.Concat([]string{"restore-done", "--yes", "--from-checkpoint", checkpoint, "--redis-url", s.stores.redis, "--state-dir", s.stateDir()}, vault)...)
	s.void.until.Store(time.Now().UnixNano())
	s.ends()
	within(s.t, "every node is ready", time.Minute, func() bool { return s.balancer.serves() == len(s.nodes) })
	for _, n := range s.nodes {
		within(s.t, "each node has new keys", time.Minute, func() bool { return s.gone(n, kidOf(held.access), held.access) })
	}
	s.app.leaked.known.Store(time.Now().UnixNano())
	s.lasts(outage)

	said, status := s.tell(slices.Concat([]string{"audit", "verify", "--from-checkpoint", checkpoint}, vault)...)
	if status != 3 || !strings.Contains(said, "the trail was restored at") {
		s.t.Errorf("audit verify does not explain: %d %s", status, said)
	}
}

func (s *scene) stateDir() string { return s.arguments[slices.Index(s.arguments, "--state-dir")+1] }

// settle lets time pass on the nodes until they have kept outside of the database that its trail had this size, and then it is now.
func (s *scene) settle(clock *testenv.Clock, size int64) {
	s.t.Helper()
	kept := func() bool {
		var m restore.Mark
		files, err := filepath.Glob(filepath.Join(s.stateDir(), "seen-*.json"))
		fatal(s.t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err == nil {
				_ = m.UnmarshalText(text)
			}
		}
		return m.Place.Size >= size
	}
	for time.Until(clock.Now()) < -time.Second && !kept() {
		clock.Advance(restore.Settled)
		for began := time.Now(); time.Since(began) < 7*time.Second && !kept(); time.Sleep(20 * time.Millisecond) { // nodes look every 5 s
		}
	}
	if !kept() {
		s.t.Errorf("no node has kept what it saw of the database")
	}
	clock.Advance(time.Since(clock.Now()))
}

// staysVoid uses everything of a session that a restore has ended, and its browser's cookie.
func (l *load) staysVoid(s *session) {
	l.stayOver(s)
	w := l.world
	a, err := s.browser.ask(http.MethodGet, w.endpoint("authorization_endpoint")+"?"+url.Values{
		"response_type": {"code"}, "client_id": {w.app.id}, "redirect_uri": {unlistened}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"}, "prompt": {"none"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(s.verifier)}, "code_challenge_method": {"S256"},
	}.Encode(), nil)
	if err != nil || !strings.Contains(a.to, "error=login_required") {
		w.tally.double("the cookie of the session %s, which a restore has ended, is good: %d %s %v", s.sid, a.status, a.to, err)
	}
}
