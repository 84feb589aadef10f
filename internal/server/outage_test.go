package server_test

import (
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// wire is a network between a node and a store that can be cut.
type wire struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// wired returns the address of a store with a wire in between.
func wired(t *testing.T, address string) (string, *wire) {
	t.Helper()
	through, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w, target := &wire{}, through.Host
	t.Cleanup(func() { _ = listener.Close(); w.set(true) })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			w.join(client, target)
		}
	}()
	through.Host = listener.Addr().String()
	return through.String(), w
}

func (w *wire) join(client net.Conn, target string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		_ = client.Close()
		return
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		_ = client.Close()
		return
	}
	w.conns = append(w.conns, client, server)
	for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
		}()
	}
}

// set cuts the wire, with all connections over it, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, each := range w.conns {
		_ = each.Close()
	}
	w.conns = nil
}

// working waits until the node's background work has begun: it ends with a store that is not there when it starts.
func working(t *testing.T, d *demo.Demo) {
	t.Helper()
	eventually(t, "the node works in the background", patience, func() bool {
		nodes, err := d.Records().ListInstalled(t.Context(), "node/")
		return err == nil && len(nodes) == 1
	})
}

var tryAgainLink = regexp.MustCompile(`<a class="button" href="([^"]+)">Try again</a>`)

// ABUSE 43, 44: a store goes away while a person is at a step of a sign-in. Every page says so and leads on by itself: "Try again" goes on with
// the same sign-in once the store is back, and ends at the app with a code. The app is never told of the outage.
func TestASignInGoesOnAfterAnOutage(t *testing.T) {
	c, clock := testworld.Config(t), &testenv.Clock{}
	database, sql := wired(t, storetest.Postgres(t))
	cache, redis := wired(t, testenv.Redis(t))
	c.DatabaseURL, c.RedisURL = config.NewSecret(database), config.NewSecret(cache)
	d, _ := start(t, c, clock)
	app, who := d.Manifest.Apps[0], testworld.PersonOf(t, d.Manifest, "aroha")
	request := d.Manifest.Issuer + "/authorize?" + url.Values{
		"client_id": {app.ClientID}, "redirect_uri": {app.RedirectURIs[1]}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
	}.Encode()
	working(t, d)
	for name, store := range map[string]*wire{"Postgres": sql, "Redis": redis} {
		v := testworld.NewVisitor(t, d.Manifest.Issuer)
		v.StopAt = testworld.Unlistened
		step := v.Get(request).OK(t, "password")
		form := url.Values{"username": {who.Username}, "password": {who.Password}}

		store.set(true)
		lost := v.Post(step.At, form)
		if lost.Status != http.StatusServiceUnavailable || lost.Step != "error" || lost.Header.Get("Retry-After") == "" {
			t.Fatalf("%s: the step was answered with %d %s\n%s", name, lost.Status, lost.At, lost.Body)
		}
		again := html.UnescapeString(lost.One(t, tryAgainLink))
		if p := v.Get(request); name == "Redis" && (p.Status != http.StatusServiceUnavailable || html.UnescapeString(p.One(t, tryAgainLink)) != request[len(d.Manifest.Issuer):]) {
			t.Errorf("%s: a new sign-in was answered with %d %s\n%s", name, p.Status, p.At, p.Body)
		}
		store.set(false)
		var p testworld.Page
		eventually(t, name+" is back", patience, func() bool { // some of the node's connections are dead still
			p = v.Get(again)
			if p.Status == http.StatusOK {
				p = v.Post(p.On(t, "password").At, form)
			}
			return p.Status != http.StatusServiceUnavailable
		})
		if answer, err := url.Parse(p.At); err != nil || answer.Query().Get("code") == "" || answer.Query().Get("state") != "s" {
			t.Errorf("%s: the sign-in ended at %s (%d)\n%s", name, p.At, p.Status, p.Body)
		}
	}
}

// Every page of an app of ours says that a store is away, and leads back to itself.
func TestOwnPagesOutliveAnOutage(t *testing.T) {
	c, clock := testworld.Config(t), &testenv.Clock{}
	database, sql := wired(t, storetest.Postgres(t))
	c.DatabaseURL, c.RedisURL = config.NewSecret(database), config.NewSecret(testenv.Redis(t))
	d, _ := start(t, c, clock)
	working(t, d)
	for page, name := range map[string]string{"/account": "aroha", "/manage": "aroha", "/manage/activity?type=mfa.": "aroha", "/support": "riley"} {
		v := testworld.NewVisitor(t, d.Manifest.Issuer)
		who := testworld.PersonOf(t, d.Manifest, name)
		if p := v.SignIn(v.Get(page), who, clock); p.Status != http.StatusOK || p.Step == "error" {
			t.Fatalf("%s: %d %s\n%s", page, p.Status, p.At, p.Body)
		}
		sql.set(true)
		lost := v.Get(page)
		if lost.Status != http.StatusServiceUnavailable || lost.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s\n%s", page, lost.Status, lost.At, lost.Body)
		} else if again := html.UnescapeString(lost.One(t, tryAgainLink)); again != page {
			t.Errorf("%s: the link leads to %s", page, again)
		}
		sql.set(false)
		eventually(t, page+" is back", patience, func() bool { return v.Get(page).Status == http.StatusOK })
	}
}
