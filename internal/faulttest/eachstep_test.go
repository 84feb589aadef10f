package faulttest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// eachStep kills a node of its own, which serves one person alone, after each commit and before each command to Redis of a sign-in.
func eachStep(t testing.TB) (stores, harm) {
	database, redis := testenv.Postgres(t), testenv.Redis(t)
	return stores{database: database, redis: redis}, func(s *scene) {
		v := newVictim(s, database, redis)
		for n := int64(1); ; n++ {
			if !v.signIn(n) {
				s.note = fmt.Sprintf("%d places", n-1)
				return
			}
		}
	}
}

// victim is a node that is killed, and the links to its stores.
type victim struct {
	*scene
	node       *process
	sql, redis *rig.Link
	at         atomic.Int64 // how many places are left before it is killed; 0: it is left alone
}

func newVictim(s *scene, database, redis string) *victim {
	over := func(address string) (*rig.Link, string) {
		u, err := url.Parse(address)
		fatal(s.t, err)
		l := rig.NewLink(s.t, u.Host)
		u.Host = l.Address()
		return l, u.String()
	}
	v := &victim{scene: s}
	arguments := slices.Clone(s.arguments)
	v.sql, arguments[slices.Index(arguments, "--database-url")+1] = over(database)
	v.redis, arguments[slices.Index(arguments, "--redis-url")+1] = over(redis)
	v.node = s.launch(s.t, arguments).(*process)
	place := func() {
		if v.at.Load() > 0 && v.at.Add(-1) == 0 {
			_ = v.node.running.Process.Kill()
			time.Sleep(50 * time.Millisecond) // it is dead before anything goes on
		}
	}
	v.redis.Watch(func([]byte) { place() }, nil)
	v.sql.Watch(nil, func(sent []byte) {
		if bytes.Contains(bytes.ToLower(sent), []byte("commit")) {
			place()
		}
	})
	return v
}

// signIn is a sign-in during which the node is killed at the nth place. It reports whether there was such a place.
func (v *victim) signIn(n int64) (killed bool) {
	if v.node.running == nil {
		v.node.start()
	}
	within(v.t, "the node that is to be killed is ready", time.Minute, func() bool { return isReady(v.node.listen) })
	b, who := newBrowser(v.world, "10.7.7.7"), v.people.take(idp.KindTOTP)
	var there atomic.Bool // the browser is still at the node
	there.Store(true)
	b.client.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if there.Load() {
			address = v.node.listen
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	at := &attempt{browser: b, person: who, verifier: oauth2.GenerateVerifier()}
	at.again = func() bool { return there.Swap(false) }
	v.at.Store(n)
	s := &session{browser: b, verifier: at.verifier}
	var o outcome
	var text string
	if s.code, o, text = at.pages(); s.code != "" {
		o, text = s.exchange(v.world)
		if o == broken && at.again() { // an app tries again, too
			o, text = s.exchange(v.world)
		}
	}
	killed = v.at.Swap(0) == 0
	if killed {
		v.node.kill()
	}
	v.tally.add(event{kind: "sign-in at a node that is killed", outcome: o, began: b.began, text: text})
	if o == completed {
		v.load.hold(s)
	}
	v.usedOnce(who, s)
	return killed
}

// usedOnce redeems the code again, which must fail, and looks at how many sessions the person got of it.
func (v *victim) usedOnce(who *person, s *session) {
	if s.code == "" {
		return
	}
	if found := v.column("SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = $1 AND s.created_at > now() - interval '30 seconds'", who.username); len(found) > 1 {
		v.tally.double("one sign-in of %s made the sessions %s", who.username, strings.Join(found, ", "))
	}
}
