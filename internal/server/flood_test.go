package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// from makes the visitor one of another network: each address of 127.0.0.0/8 is this machine's.
func from(v *testworld.Visitor, address string) *testworld.Visitor {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	v.Client.Transport = &http.Transport{DialContext: dialer.DialContext}
	return v
}

// ABUSE 51: a hundred and twenty connections of twelve networks send wrong passwords of made-up names and of one person, each the next one as soon as an
// answer has crossed a network. They keep no one out who signs in from elsewhere: six of six get in, and the owner of the account that is
// guessed at sets a new password by mail, and signs in with it. On a quiet machine nobody of them is told to come back. One that runs
// browsers meanwhile may take longer for a hash than anybody waits, so a few times are allowed: without fair shares it is five in six.
func TestAFloodOfWrongPasswordsKeepsNobodyOut(t *testing.T) {
	const crowd, networks, comeBack, crossing = 120, 12, 5, 250 * time.Millisecond
	d, _ := start(t, testworld.Config(t), &testenv.Clock{}, func(deps *demo.Deps) { deps.HashMemory, deps.HashQueue = 0, 64 }) // as costly as it is
	tom := testworld.PersonOf(t, d.Manifest, "tom")
	var flood sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	var sent, turnedAway atomic.Int32
	for i := range crowd {
		v := from(testworld.NewVisitor(t, d.Manifest.Issuer), fmt.Sprintf("127.%d.0.1", 10+i%networks))
		at := v.Get(d.Manifest.Apps[0].URL+"/auth/login").On(t, "password").At
		flood.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				who := fmt.Sprintf("nobody%d-%d@x.example", i, n)
				if i%4 == 0 {
					who = tom.Username
				}
				if p := v.Post(at, url.Values{"username": {who}, "password": {"wrong-password-1"}}); p.Status == http.StatusServiceUnavailable {
					turnedAway.Add(1)
				}
				sent.Add(1)
				time.Sleep(crossing) // the machine that floods is ours too: spinning here would only take the processor from the hashes
			}
		})
	}
	defer flood.Wait()
	defer stop()
	eventually(t, "a flood", patience, func() bool { return sent.Load() > crowd/2 && turnedAway.Load() > 0 })

	again := 0 // how often somebody was told to come back
	enter := func(v *testworld.Visitor, at string, form url.Values) testworld.Page {
		for {
			p := v.Post(at, form)
			if p.Status != http.StatusServiceUnavailable || again == comeBack {
				return p
			}
			again++
		}
	}
	for i := range 6 {
		v := from(testworld.NewVisitor(t, d.Manifest.Issuer), "127.200.0.1")
		p := v.Get(d.Manifest.Apps[0].URL+"/auth/login").On(t, "password")
		who := testworld.PersonOf(t, d.Manifest, []string{"mia", "sara", "olivia"}[i%3])
		p = enter(v, p.At, url.Values{"username": {who.Username}, "password": {who.Password}})
		if p.Status != http.StatusOK || p.Step == "password" {
			t.Errorf("sign-in %d: %d at %q", i+1, p.Status, p.Step)
		}
	}

	owner := from(testworld.NewVisitor(t, d.Manifest.Issuer), "127.201.0.1")
	owner.Post("/account/forgot", url.Values{"username": {tom.Username}})
	link := regexp.MustCompile(regexp.QuoteMeta(d.Manifest.Issuer) + `(/account/link/[A-Za-z0-9_-]{43})`)
	var found []string
	eventually(t, "the mail to Tom", patience, func() bool {
		found = link.FindStringSubmatch(testworld.NewVisitor(t, "").Get(d.Manifest.InboxURL + ".json").Body)
		return found != nil
	})
	const password = "granite-window-harbour-4"
	owner.Get(found[1])
	if p := enter(owner, found[1], url.Values{"purpose": {"password_reset"}, "new_password": {password}}); p.Status != http.StatusOK {
		t.Fatalf("the new password: %d at %q", p.Status, p.Step)
	}
	p := owner.Get(d.Manifest.Apps[0].URL+"/auth/login").On(t, "password")
	enter(owner, p.At, url.Values{"username": {tom.Username}, "password": {password}}).On(t, "totp")
	t.Logf("%d guesses, %d of them turned away, and %d times one of the others", sent.Load(), turnedAway.Load(), again)
}
