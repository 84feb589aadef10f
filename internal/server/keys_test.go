package server_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// fleet is a demo on Postgres and Redis with more nodes, all of which run in full, and the operator's hand on the keys.
type fleet struct {
	twin
	operator *keyring.Operator
	every    time.Duration
	redis    string
}

func startFleet(t *testing.T, nodes int) fleet {
	t.Helper()
	c, clock := testworld.Config(t), &testenv.Clock{}
	f := fleet{redis: testenv.RedisServer(t), every: 90 * 24 * time.Hour}
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(f.redis)
	d, _ := start(t, c, clock)
	f.twin = twin{Demo: d, nodes: []string{"http://" + d.Address()}, clock: clock, databaseURL: c.DatabaseURL}
	for len(f.nodes) < nodes {
		node, err := secondNode(t, d)
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- node.Serve(ctx, listener) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		f.second, f.nodes = node, append(f.nodes, "http://"+listener.Addr().String())
	}
	f.operator = keyring.NewOperator(f.second.Records(), f.every)
	return f
}

func shellActor() idp.Actor { return idp.Actor{Kind: idp.ActorSystem, ID: "shell:root"} }

// keysOf lists the identifiers that a node publishes.
func (f fleet) keysOf(t *testing.T, node string) (kids []string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, node+"/.well-known/jwks.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		kids = append(kids, key.Kid)
	}
	return kids
}

// machine gets a token of the integration from a node.
func (f fleet) machine(t *testing.T, node string) (status int, token string) {
	t.Helper()
	fusesign := machineOf(t, f.Manifest, "FuseSign")
	status, answer := f.post(t, node+"/oauth/token", url.Values{"grant_type": {"client_credentials"}}, fusesign.ClientID, fusesign.ClientSecret)
	token, _ = answer["access_token"].(string)
	return status, token
}

// introspect asks a node about a token; active is false too for a caller that is refused.
func (f fleet) introspect(t *testing.T, node, token string) (status int, active bool) {
	t.Helper()
	fusesign := machineOf(t, f.Manifest, "FuseSign")
	status, answer := f.post(t, node+"/oauth/introspect", url.Values{"token": {token}}, fusesign.ClientID, fusesign.ClientSecret)
	active, _ = answer["active"].(bool)
	return status, active
}

func (f fleet) post(t *testing.T, address string, form url.Values, id, secret string) (int, map[string]any) {
	t.Helper()
	h := &held{t: t}
	request := h.request(address, form.Encode(), "application/x-www-form-urlencoded")
	request.SetBasicAuth(id, secret)
	return h.send(request)
}

// hinted asks a node for a sign-in with the ID token as id_token_hint, and returns the error that the app gets.
func (f fleet) hinted(t *testing.T, node string, h *held) string {
	t.Helper()
	query := url.Values{
		"client_id": {h.app.ClientID}, "redirect_uri": {h.app.RedirectURIs[1]}, "response_type": {"code"}, "scope": {"openid"}, "prompt": {"none"},
		"nonce": {"n"}, "id_token_hint": {h.identity},
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, node+"/authorize?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	to, err := response.Location()
	if err != nil {
		return response.Status
	}
	return to.Query().Get("error")
}

// kidOf reads the key's identifier from a token.
func kidOf(t *testing.T, token string) string {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	var header struct{ Kid string }
	if err != nil || json.Unmarshal(raw, &header) != nil || header.Kid == "" {
		t.Fatalf("%q has no kid", token)
	}
	return header.Kid
}

// traffic is what people, their apps and integrations do all the time, each step at another node.
type traffic struct {
	t      *testing.T
	f      fleet
	stop   chan struct{}
	all    sync.WaitGroup
	mu     sync.Mutex
	done   map[string]int
	failed []string
}

func (f fleet) traffic(t *testing.T) *traffic {
	t.Helper()
	l := &traffic{t: t, f: f, stop: make(chan struct{}), done: map[string]int{}}
	app, who := f.Manifest.Apps[0], testworld.PersonOf(t, f.Manifest, "aroha")
	people := []*held{hold(t, f.Manifest, app, who, f.clock), hold(t, f.Manifest, app, who, f.clock)}
	for i, h := range people {
		l.again(func(round int) {
			node := func(step int) string { return f.nodes[(i+round+step)%len(f.nodes)] }
			status, _ := h.renew(node(0))
			l.note("refresh", status == http.StatusOK)
			l.note("userinfo", h.userinfo(node(1)) == http.StatusOK)
			status, _ = h.report(node(2))
			l.note("activity", status == http.StatusOK || status == http.StatusTooManyRequests) // the token was taken
		})
	}
	l.again(func(round int) {
		status, token := f.machine(t, f.nodes[round%len(f.nodes)])
		l.note("client credentials", status == http.StatusOK)
		_, active := f.introspect(t, f.nodes[(round+1)%len(f.nodes)], token)
		l.note("introspection", active)
	})
	l.again(func(round int) {
		fresh := hold(t, f.Manifest, app, who, f.clock)
		l.note("sign-in", true)
		l.note("userinfo of a new session", fresh.userinfo(f.nodes[round%len(f.nodes)]) == http.StatusOK)
		l.note("id_token_hint", f.hinted(t, f.nodes[(round+1)%len(f.nodes)], fresh) == "login_required")
	})
	return l
}

func (l *traffic) again(work func(round int)) {
	l.all.Go(func() {
		for round := 0; ; round++ {
			select {
			case <-l.stop:
				return
			default:
				work(round)
			}
		}
	})
}

func (l *traffic) note(what string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done[what]++
	if !ok {
		l.failed = append(l.failed, what)
	}
}

// more waits until each kind of request was made some times more.
func (l *traffic) more() {
	l.t.Helper()
	count := func() map[string]int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return map[string]int{"refresh": l.done["refresh"], "introspection": l.done["introspection"], "id_token_hint": l.done["id_token_hint"]}
	}
	before := count()
	eventually(l.t, "requests go on", 2*time.Minute, func() bool {
		for what, n := range count() {
			if n < before[what]+2*len(l.f.nodes) {
				return false
			}
		}
		return true
	})
}

// end stops the traffic, and reports what failed of it.
func (l *traffic) end(what string) {
	l.t.Helper()
	close(l.stop)
	l.all.Wait()
	l.t.Logf("%s: %v, failed: %d", what, l.done, len(l.failed))
	if len(l.failed) > 0 {
		l.t.Errorf("%s: failed: %v", what, l.failed)
	}
}

// ABUSE 15: keys are rotated by hand, and hand over on their schedule, under sign-ins, refreshes, calls and machine tokens at three nodes.
// Nothing fails, and every node signs with the new key.
func TestARotationFailsNoRequest(t *testing.T) {
	f := startFleet(t, 3)
	handOver := func(what, next string, at time.Time) {
		t.Helper()
		f.clock.Advance(at.Sub(f.clock.Now()) - 3*time.Second)
		l := f.traffic(t)
		for _, node := range f.nodes {
			eventually(t, what+": a node publishes the new key", patience, func() bool { return slices.Contains(f.keysOf(t, node), next) })
		}
		for _, node := range f.nodes {
			eventually(t, what+": a node signs with the new key", patience, func() bool {
				_, token := f.machine(t, node)
				return kidOf(t, token) == next
			})
		}
		l.more()
		l.end(what)
	}

	l := f.traffic(t)
	coming, err := f.operator.Rotate(t.Context(), shellActor(), f.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	l.more()
	l.end("the new keys are published")
	handOver("by hand", coming[0].ID, coming[0].SignFrom)

	f.clock.Advance(f.every - 25*time.Hour)
	planned := func() (next keyring.Listed) {
		all, err := f.operator.List(t.Context(), f.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range all {
			if k.Alg == keyring.ES256 && k.State == keyring.Published {
				next = k
			}
		}
		return next
	}
	f.clock.Advance(2 * time.Hour)
	eventually(t, "a node plans the successor", time.Minute, func() bool { return planned().ID != "" })
	next := planned()
	handOver("on schedule", next.ID, next.SignFrom)
	if len(recorded(t, f.second.Records(), "", idp.EventKeyRotated)) != 4 {
		t.Error("not each of the four new keys has its event")
	}
}

// ABUSE 61: a key that signs has leaked. Within a minute, and while Redis is down, no node publishes it, and none takes what it signed:
// access tokens of people and of integrations, ID tokens as hints. Its successor signs everywhere, and no session ends.
func TestALeakedKeyIsGoneFromEveryNode(t *testing.T) {
	for name, down := range map[string]bool{"with Redis": false, "while Redis is down": true} {
		t.Run(name, func(t *testing.T) {
			f := startFleet(t, 2)
			h := hold(t, f.Manifest, f.Manifest.Apps[0], testworld.PersonOf(t, f.Manifest, "aroha"), f.clock)
			_, machine := f.machine(t, f.nodes[0])
			if kidOf(t, machine) != kidOf(t, h.access) {
				t.Fatal("access tokens have two keys")
			}
			leaked := []string{kidOf(t, h.access)}
			if kid := kidOf(t, h.identity); kid != leaked[0] {
				leaked = append(leaked, kid)
			}
			if down {
				options, err := redis.ParseURL(f.redis)
				if err != nil {
					t.Fatal(err)
				}
				client := redis.NewClient(options)
				_ = client.ShutdownNoSave(t.Context()).Err() // the connection ends with it
				_ = client.Close()
			}
			began := time.Now()
			for _, kid := range leaked {
				if _, err := f.operator.Retire(t.Context(), kid, "it leaked", shellActor(), f.clock.Now()); err != nil {
					t.Fatal(err)
				}
			}
			for _, node := range f.nodes {
				eventually(t, "the key is gone", time.Minute-time.Since(began), func() bool {
					published := f.keysOf(t, node)
					return !slices.ContainsFunc(leaked, func(kid string) bool { return slices.Contains(published, kid) }) && len(published) == 2
				})
				userinfo := h.userinfo(node)
				activity, _ := h.report(node)
				_, active := f.introspect(t, node, machine)
				if userinfo != http.StatusUnauthorized || activity != http.StatusUnauthorized || active {
					t.Errorf("what the leaked key signed: userinfo %d, activity %d, introspection %v", userinfo, activity, active)
				}
				if got := f.hinted(t, node, h); !down && got != "invalid_request" || got == "login_required" {
					t.Errorf("id_token_hint: %s", got)
				}
			}
			t.Logf("gone from %d nodes after %s", len(f.nodes), time.Since(began))
			if down {
				return
			}
			l := f.traffic(t)
			l.more()
			l.end("after the retirement")
			if status, text := h.renew(f.nodes[1]); status != http.StatusOK {
				t.Errorf("the session has not survived: %d %s", status, text)
			}
		})
	}
}
