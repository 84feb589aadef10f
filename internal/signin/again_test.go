package signin_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

// foreign is what an app may send: it goes back byte for byte.
const foreign = "\xff\x00\u2028<&=+;%41>\r\n"

func (h *house) begin(t *testing.T, request signin.Request) signin.Begun {
	t.Helper()
	begun, err := h.node().Begin(bg, request, "203.0.113.7", h.now)
	if err != nil {
		t.Fatal(err)
	}
	return begun
}

// fullRequest has every field set.
func fullRequest(t *testing.T) signin.Request {
	t.Helper()
	r := signin.Request{
		ClientID: "timesheets", RedirectURI: "https://timesheets.example/cb?a=1&b=%20", ResponseMode: "form_post", Scopes: []string{"openid", "offline_access"},
		Resources: []string{"https://rota.example/api", "https://pay.example/?x=%20"},
		State:     foreign + "state", Nonce: foreign + "nonce", CodeChallenge: "challenge", Claims: `{"userinfo":["acr"]}`,
		LoginHint: "app@example.com" + foreign, RequestedACR: idp.ACRMFA,
		Query: "id_token_hint=a.b.c&" + foreign, JKT: "thumbprint", Pushed: "hash",
	}
	fields := reflect.ValueOf(r)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Fatalf("%s is not set", fields.Type().Field(i).Name)
		}
	}
	return r
}

// ABUSE 52: a sign-in that nobody touches is stored for 15 minutes. Its page is of use for longer: what is typed then is taken by another
// sign-in, which has the whole request of the app, and the person notices nothing.
func TestAFirstPageThatStoodOpenTakesThePassword(t *testing.T) {
	for name, lose := range map[string]func(h *house){
		"after a quarter of an hour": func(h *house) { h.now = h.now.Add(signin.Untouched) },
		"the next morning":           func(h *house) { h.now = h.now.Add(signin.AgainLifetime); h.forget(t) },
		"after Redis was lost":       func(h *house) { h.forget(t) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			request := fullRequest(t)
			request.RequestedACR = "" // free@ has no authenticator
			begun := h.begin(t, request)
			b := &tab{house: h, node: h.Service, state: begun.State, browser: signin.Browser{
				Transaction: begun.Transaction, Cookie: begun.Cookie, Again: begun.Again, Address: "203.0.113.7",
			}}
			lose(h)
			b.node = h.node() // on the stores as they are now
			wrong, err := b.try(guess("free"))
			if err != nil || wrong.Begun == nil || wrong.Problem == nil || wrong.Problem.Code != signin.ProblemCredentials || wrong.View.Username != "free@example.com" {
				t.Fatalf("a wrong password: %+v, %v", wrong, err)
			}
			out, err := b.try(login("free"))
			if err != nil || out.State != signin.StateDone || out.Begun == nil || out.Cookie.IsZero() || out.Begun.Transaction == begun.Transaction {
				t.Fatalf("the right one: %+v, %v", out, err)
			}
			finished, err := b.node.Finish(bg, signin.Browser{Transaction: out.Begun.Transaction, Cookie: out.Cookie}, h.now)
			if err != nil || !reflect.DeepEqual(finished.Request, request) {
				t.Errorf("the app gets %+v, %v\nwant %+v", finished.Request, err, request)
			}
		})
	}
}

// forget loses everything that lies in Redis.
func (h *house) forget(t *testing.T) {
	t.Helper()
	_ = h.redis.Close()
	var err error
	h.redis, err = redisstore.Open(bg, redisstore.Embedded, h.sealer)
	if err != nil {
		t.Fatal(err)
	}
	h.limits, err = h.redis.SMSLimits(policy.DefaultLimits(), func(idp.LimitName) {})
	if err != nil {
		t.Fatal(err)
	}
}

// No page but the first carries anything over: a code for a sign-in that is gone leads to a new first page.
func TestALaterPageStartsAgain(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets").post(login("app"), signin.StateTOTP)
	h.forget(t)
	b.node = h.node()
	_, err := b.try(code(totpAt(t, totpKey, h.now)))
	var again *signin.Restarted
	if !errors.As(err, &again) || again.Begun.State != signin.StatePassword {
		t.Fatal(err)
	}
}

// What a browser keeps fits the sign-in that it was kept for, cannot be made or changed, and begins nothing else.
func TestWhatABrowserKeepsCannotBeForged(t *testing.T) {
	h := newHouse(t)
	mine, other := h.begin(t, fullRequest(t)), h.begin(t, fullRequest(t))
	if size := len(mine.Again.Reveal()); size > 1024 {
		t.Errorf("it takes %d bytes of each request to the pages", size)
	}
	h.forget(t)
	node := h.node()
	flipped := []byte(mine.Again.Reveal())
	flipped[20] ^= 1
	for name, kept := range map[string]idp.Secret{
		"nothing": {}, "another sign-in's": other.Again, "one that was changed": idp.NewSecret(string(flipped)), "text": idp.NewSecret("client=timesheets"),
		"more than a cookie holds": idp.NewSecret(strings.Repeat("A", 5000)),
	} {
		_, err := node.View(bg, signin.Browser{Transaction: mine.Transaction, Cookie: mine.Cookie, Again: kept}, h.now)
		if !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var again *signin.Restarted
	if _, err := node.View(bg, signin.Browser{Transaction: mine.Transaction, Again: mine.Again}, h.now); !errors.As(err, &again) {
		t.Errorf("its own: %v", err)
	}
	long := fullRequest(t)
	long.State = strings.Repeat("s", 6000)
	if begun := h.begin(t, long); !begun.Again.IsZero() {
		t.Error("a browser would refuse a cookie of this size, and some proxies the request with it")
	}
}

// A sign-in that is on its way has its half hour from the first page, as before.
func TestThePasswordKeepsASignInForItsHalfHour(t *testing.T) {
	h := newHouse(t)
	b := h.open("timesheets")
	h.now = h.now.Add(signin.Untouched - time.Second)
	b.post(login("app"), signin.StateTOTP)
	h.now = h.now.Add(signin.Lifetime - signin.Untouched)
	b.post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
}
