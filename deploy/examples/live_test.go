package examples_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

const (
	practice = idp.PracticeID("prc_rota")
	username = "nell@rota.example"
	password = "candle-orchard-rota-9"
	secret   = "a client secret that nobody guesses, of the app Rota"
)

// patience is how long a test waits for what takes a moment, on a machine that others use too.
const patience = time.Minute

func TestTheGoExampleWithARealProvider(t *testing.T) {
	t.Parallel()
	livesWithARealProvider(t, goExample(t))
}

func TestTheNodeExampleWithARealProvider(t *testing.T) {
	t.Parallel()
	livesWithARealProvider(t, nodeExample(t))
}

// livesWithARealProvider signs a person in, reports their activity, and disables them: the app must know at once.
func livesWithARealProvider(t *testing.T, e example) {
	t.Helper()
	address := freeAddress(t)
	origin := "http://" + address
	id := startProvider(t, origin)
	e.start(t, "ISSUER="+id.issuer, "CLIENT_ID=rota", "CLIENT_SECRET="+secret, "APP_URL="+origin, "LISTEN="+address)
	awaitAnswer(t, origin+"/")

	browser := newBrowser(t)
	form := browser.get(t, origin+"/shifts", nil)
	if !strings.HasPrefix(form.Request.URL.String(), id.issuer+"/signin") {
		t.Fatalf("sent to %s", form.Request.URL)
	}
	page := browser.post(t, form.Request.URL.String(), "application/x-www-form-urlencoded", url.Values{"username": {username}, "password": {password}}.Encode())
	if page.Request.URL.String() != origin+"/shifts" || page.StatusCode != http.StatusOK {
		t.Fatalf("came to %s, %s", page.Request.URL, page.Status)
	}
	if text := browser.read(t, origin+"/shifts"); !strings.Contains(text, "Shifts of Nell Rota") {
		t.Errorf("the page does not show whose shifts they are:\n%s", text)
	}

	// An input right after the sign-in is no news: the page says it again until the provider was told.
	await(t, "the provider to take a report", func() bool {
		browser.post(t, origin+"/auth/activity", "application/json", `{"idle_seconds":0}`)
		return slices.Contains(id.seen(), "POST /session/activity 200")
	})
	before := len(id.seen())
	id.disable(t)
	await(t, "the app to end the session", func() bool {
		return !strings.HasPrefix(browser.get(t, origin+"/shifts", http.Header{"Sec-Fetch-Mode": {"cors"}}).Status, "200")
	})
	// It was told: nothing that it asked could have let it know.
	if asked := id.seen()[before:]; slices.ContainsFunc(asked, func(s string) bool {
		return strings.HasPrefix(s, "POST /token") || strings.HasPrefix(s, "POST /session")
	}) {
		t.Errorf("after the end the app asked the provider: %v", asked)
	}
}

// A person types in a real browser, and the page's own script tells the app of it.
// An attacker sends a person to the app at an address that browsers read as another site's. After the sign-in the Node example
// leads to its own first page.
func TestTheNodeExampleLeadsToNoOtherSite(t *testing.T) {
	const begin = "const here = "
	source := read(t, "node/signin.mjs")
	_, rest, found := strings.Cut(source, begin)
	rule, _, _ := strings.Cut(rest, "\n")
	if !found || !strings.Contains(source, "returnTo: here(req.url)") {
		t.Fatal("a sign-in does not go by the rule")
	}
	for address, want := range map[string]string{
		"/shifts?day=2": "/shifts?day=2", "/": "/", "//evil.example/x": "/", `/\evil.example`: "/", "///evil.example": "/", "https://evil.example/": "/",
		"/a\t/b": "/", "": "/", `\\evil.example`: "/", "/%2fevil.example": "/%2fevil.example",
	} {
		program := begin + rule + "\nprocess.stdout.write(here(process.argv[1]))"
		got, err := exec.CommandContext(t.Context(), "node", "-e", program, "--", address).Output()
		if err != nil || string(got) != want {
			t.Errorf("%q leads to %q (%v), want %q", address, got, err, want)
		}
	}
}

func TestTheScriptOfTheNodeExampleTellsOfInput(t *testing.T) {
	t.Parallel()
	address, front := freeAddress(t), listen(t)
	origin := "http://" + front.Addr().String()
	id := startProvider(t, origin)
	nodeExample(t).start(t, "ISSUER="+id.issuer, "CLIENT_ID=rota", "CLIENT_SECRET="+secret, "APP_URL="+origin, "LISTEN="+address)
	app := &recorder{}
	app.serve(t, front, address)
	awaitAnswer(t, origin+"/")

	nell := browsertest.Start(t).Browser(t)
	nell.Open(origin + "/shifts")
	nell.Fill("username", username)
	nell.Fill("password", password)
	nell.Press("Continue")
	if nell.URL() != origin+"/shifts" {
		t.Fatalf("came to %s", nell.URL())
	}
	if told := app.seen(); slices.Contains(told, "POST /auth/activity 200") {
		t.Fatal("the script told of input before there was any")
	}
	nell.Fill("note", "swap Tuesday")
	await(t, "the script to tell of it", func() bool { return slices.Contains(app.seen(), "POST /auth/activity 200") })

	id.disable(t)
	await(t, "the log-out", func() bool { return slices.Contains(app.seen(), "POST /auth/backchannel-logout 200") })
	nell.Reload()
	if !strings.HasPrefix(nell.URL(), id.issuer+"/signin") {
		t.Fatalf("still at %s", nell.URL())
	}
}

// recorder is a proxy that writes down what is asked of what is behind it.
type recorder struct {
	mu    sync.Mutex
	asked []string
}

func (r *recorder) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

func (r *recorder) serve(t *testing.T, front net.Listener, behind string) {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: behind}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target); p.Out.Host = p.In.Host },
		ModifyResponse: func(response *http.Response) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.asked = append(r.asked, response.Request.Method+" "+response.Request.URL.Path+" "+response.Status[:3])
			return nil
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(front) }()
	t.Cleanup(func() { _ = server.Close() })
}

// identity is an APS ID that runs in this test.
type identity struct {
	recorder
	issuer string
	server *server.Server
	user   idp.UserID
}

func (i *identity) disable(t *testing.T) {
	t.Helper()
	err := i.server.Directory().People.DisableUser(t.Context(), system(), i.user, time.Now())
	if err != nil {
		t.Fatal(err)
	}
}

func system() directory.Caller {
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}
}

func startProvider(t *testing.T, app string) *identity {
	t.Helper()
	return startProviderOf(t, directory.NewClient{
		Registration: idp.Registration{
			ID: "rota", Name: "Rota", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic,
			RedirectURIs: []string{app + "/auth/callback"}, PostLogoutRedirectURIs: []string{app + "/"}, BackchannelLogoutURI: app + "/auth/backchannel-logout",
			Scopes: []string{"openid", "profile", "email", "offline_access"}, RefreshTokens: true, SessionIdleTimeout: time.Minute,
		},
		Secret: idp.NewSecret(secret),
	})
}

// startProviderOf starts one at which the app and a person who may use it are registered.
func startProviderOf(t *testing.T, app directory.NewClient) *identity {
	t.Helper()
	front, back := listen(t), listen(t)
	id := &identity{issuer: "http://" + front.Addr().String()}
	given := config.Server{
		HTTP:    config.HTTP{Listen: back.Addr().String(), Issuer: id.issuer},
		Stores:  config.Stores{Sealed: config.Sealed{Database: config.Database{StateDir: t.TempDir()}, MakeSealKeys: true}},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Support: config.Support{Name: "APS support", TimeZone: "Australia/Sydney"}, Logout: config.Logout{AllowLoopback: true},
		Log: config.Log{Level: "error", Format: "text"}, Hashing: config.DefaultHashing(),
	}
	c, err := given.Complete()
	must(t, err)
	if _, err := server.Migrate(t.Context(), c.Places().SQL); err != nil {
		t.Fatal(err)
	}
	id.server, err = server.New(t.Context(), c, server.Deps{Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	id.fill(t, app)
	id.run(t, back)
	id.serve(t, front, back.Addr().String())
	return id
}

func (i *identity) run(t *testing.T, at net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- i.server.Serve(ctx, at) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-ended)
	})
}

// fill registers the app and a person who may use it.
func (i *identity) fill(t *testing.T, app directory.NewClient) {
	t.Helper()
	ctx, now, d := t.Context(), time.Now(), i.server.Directory()
	_, _, err := d.Clients.RegisterClient(ctx, system(), app, now)
	must(t, err)
	_, err = d.Practices.CreatePractice(ctx, system(), directory.NewPractice{
		ID: practice, Kind: idp.PracticeCustomer, MFA: idp.MFAOff, Apps: []idp.ClientID{app.ID},
		PracticeDetails: idp.PracticeDetails{Name: "Rota & Daughters", Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
	}, now)
	must(t, err)
	user, err := d.People.CreateUser(ctx, system(), directory.NewUser{PracticeID: practice, Username: username, Name: "Nell Rota", Password: idp.NewSecret(password)}, now)
	must(t, err)
	i.user = user.ID
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is one without a screen.
type browser struct{ client *http.Client }

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return browser{&http.Client{Jar: jar, Timeout: patience}}
}

func (b browser) get(t *testing.T, address string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	must(t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	return b.do(t, request)
}

// read returns a page's text.
func (b browser) read(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	must(t, err)
	response, err := b.client.Do(request)
	must(t, err)
	text, err := io.ReadAll(response.Body)
	must(t, errors.Join(err, response.Body.Close()))
	return string(text)
}

func (b browser) post(t *testing.T, address, kind, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	must(t, err)
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(t, request)
}

func (b browser) do(t *testing.T, request *http.Request) *http.Response {
	t.Helper()
	response, err := b.client.Do(request)
	must(t, err)
	must(t, response.Body.Close())
	return response
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
