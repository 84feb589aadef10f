package redisstore_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/testenv"
)

// TestRedisThatHangsOrIsGone: every call fails within two seconds as unavailable, and works again once Redis is back.
func TestRedisThatHangsOrIsGone(t *testing.T) { // ABUSE 44
	between := newWire(t, testenv.Redis(t))
	store := open(t, between.address)
	limits, err := store.SMSLimits(policy.DefaultLimits(), func(idp.LimitName) {})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	tx := signin.Transaction{ID: "tx", Version: 1, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	calls := map[string]func(context.Context) error{
		"ping":   store.Ping,
		"create": func(ctx context.Context) error { return store.Transactions().Create(ctx, tx) },
		"find":   func(ctx context.Context) error { _, err := store.Transactions().Find(ctx, "tx"); return err },
		"update": func(ctx context.Context) error { return store.Transactions().Update(ctx, tx) },
		"consume": func(ctx context.Context) error {
			_, err := store.Transactions().Consume(ctx, "tx")
			return err
		},
		"code": func(ctx context.Context) error {
			return store.Codes().CreateCode(ctx, "h", oidcop.Grant{}, time.Minute)
		},
		"redeem":  func(ctx context.Context) error { _, err := store.Codes().ConsumeCode(ctx, "h"); return err },
		"look up": func(ctx context.Context) error { _, err := store.References().FindReference(ctx, "h"); return err },
		"delete":  func(ctx context.Context) error { return store.References().DeleteReference(ctx, "h") },
		"take":    func(ctx context.Context) error { _, err := limits.Take(ctx, idp.SMSAsk{}, now); return err },
		"beat": func(ctx context.Context) error {
			_, err := store.Activity().Beat(ctx, "ses_1", "lodgements", now, now, 0, 0, 0)
			return err
		},
		"learn": func(ctx context.Context) error { return store.Activity().Learn(ctx, "ses_1", session.Pulse{}, now) },
		"last": func(ctx context.Context) error {
			_, err := store.Activity().Last(ctx, []idp.SID{"ses_1", "ses_2"})
			return err
		},
		"stored":   func(ctx context.Context) error { return store.Activity().Stored(ctx, "ses_1", now) },
		"forget":   func(ctx context.Context) error { return store.Activity().Forget(ctx, []idp.SID{"ses_1"}) },
		"verified": func(ctx context.Context) error { return limits.Verified(ctx, idp.SMSAsk{Country: "AU"}, now) },
	}
	for name, damage := range map[string]func(){"hangs": between.hang, "gone": between.cut} {
		damage()
		var group sync.WaitGroup
		for call, ask := range calls {
			group.Go(func() {
				begin := time.Now()
				err := ask(t.Context())
				if took := time.Since(begin); took > 2*time.Second {
					t.Errorf("%s, %s: took %s", name, call, took)
				}
				if !errors.Is(err, idp.ErrUnavailable) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			})
		}
		group.Wait()
		between.mend()
		begin := time.Now()
		for store.Ping(t.Context()) != nil {
			if time.Since(begin) > 5*time.Second {
				t.Fatalf("%s: not recovered five seconds after its return", name)
			}
		}
	}
}

// TestLostAnswerIsNotAskedAgain: a code that was consumed while the answer got lost must not be consumed again by the client
// itself, for then it would look stolen and end its session.
func TestLostAnswerIsNotAskedAgain(t *testing.T) {
	between := newWire(t, testenv.Redis(t))
	codes := open(t, between.address).Codes()
	for _, hash := range []string{"first", "second"} {
		if err := codes.CreateCode(t.Context(), hash, oidcop.Grant{SID: "ses_1"}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := codes.ConsumeCode(t.Context(), "first"); err != nil { // Redis knows the script from here on
		t.Fatal(err)
	}
	between.loseOneAnswer()
	if _, err := codes.ConsumeCode(t.Context(), "second"); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("with the answer lost: %v", err)
	}
	if _, err := codes.ConsumeCode(t.Context(), "second"); !errors.Is(err, idp.ErrUsed) {
		t.Errorf("the answer was lost before the code was consumed, which proves nothing: %v", err)
	}
}

// silent is the address of a server that takes connections and never says a word.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String() // the backlog takes the connections; no one accepts them
}

// wire stands between a store and Redis and can be broken.
type wire struct {
	address string
	target  string

	mu     sync.Mutex
	state  string // "", "hang" (nothing passes), "cut" (connections end), "lose" (one connection ends instead of an answer)
	change chan struct{}
	open   []net.Conn
}

func newWire(t *testing.T, address string) *wire {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{target: parsed.Host, change: make(chan struct{})}
	parsed.Host = listener.Addr().String()
	w.address = parsed.String()
	t.Cleanup(func() { _ = listener.Close(); w.cut() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(conn)
		}
	}()
	return w
}

func (w *wire) hang()          { w.set("hang") }
func (w *wire) loseOneAnswer() { w.set("lose") }
func (w *wire) mend()          { w.set("") }
func (w *wire) cut()           { w.set("cut") }

func (w *wire) set(state string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = state
	close(w.change)
	w.change = make(chan struct{})
	if state == "cut" {
		for _, conn := range w.open {
			_ = conn.Close()
		}
		w.open = nil
	}
}

func (w *wire) now() (state string, change chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state, w.change
}

func (w *wire) carry(client net.Conn) {
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		_ = client.Close()
		return
	}
	w.mu.Lock()
	refused := w.state == "cut"
	w.open = append(w.open, client, server)
	w.mu.Unlock()
	if refused {
		_, _ = client.Close(), server.Close()
		return
	}
	go w.pump(server, client, false)
	w.pump(client, server, true)
}

// pump copies one way; what was read while the wire hangs is held until it changes.
func (w *wire) pump(to, from net.Conn, answers bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 1<<14)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !w.pass(to, buffer[:n], answers) {
			return
		}
		if err != nil {
			return
		}
	}
}

func (w *wire) pass(to net.Conn, bytes []byte, answers bool) bool {
	for {
		state, change := w.now()
		switch {
		case state == "hang":
			<-change
		case state == "cut":
			return false
		case state == "lose" && answers:
			w.mend()
			return false
		default:
			_, err := to.Write(bytes)
			return err == nil
		}
	}
}
