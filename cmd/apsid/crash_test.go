package main

import (
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 45: a node is killed while an app is being told that a session has ended, and right after another session ended. The next
// node tells both apps; refresh tokens that were used stay used, the session that was alive stays alive, no event is lost.
func TestKilledNodeChangesNothingButTheTime(t *testing.T) {
	for name, database := range map[string]func(*testing.T) (database, redis string){
		"SQLite": func(t *testing.T) (string, string) {
			return "sqlite:" + filepath.Join(t.TempDir(), "apsid.db"), config.Embedded
		},
		"Postgres": func(t *testing.T) (string, string) { return testenv.Postgres(t), testenv.Redis(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, database)
			p.seed()
			node := p.serve()
			one, two, three := p.signIn(), p.signIn(), p.signIn()
			spent := three.refresh
			p.want(three.renew(), http.StatusOK)

			p.app.hang()
			p.steal(one)
			p.await("the app is being told", func() bool { return slices.Contains(p.app.called(), one.sid) })
			p.steal(two)
			p.kill(node)
			if told := p.app.told(); len(told) != 0 {
				t.Fatalf("told already: %v", told)
			}

			p.app.answer()
			node = p.serve()
			p.want(three.renew(), http.StatusOK)
			p.want(one.renew(), http.StatusBadRequest)
			p.want(two.renew(), http.StatusBadRequest)
			p.await("both apps are told", func() bool {
				told := p.app.told()
				return slices.Contains(told, one.sid) && slices.Contains(told, two.sid)
			})
			three.refresh = spent
			p.want(three.renew(), http.StatusBadRequest)
			p.await("the third too", func() bool { return slices.Contains(p.app.told(), three.sid) })
			p.stop(node)
			p.wantEvents(map[idp.EventType][]idp.SID{
				idp.EventSigninSucceeded: {one.sid, two.sid, three.sid},
				idp.EventRefreshReused:   {one.sid, two.sid, three.sid},
				idp.EventLogoutDelivered: {one.sid, two.sid, three.sid},
				idp.EventLogoutFailed:    nil,
			})
		})
	}
}
