package examples_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// signedIn is what the page says once it knows who the person is.
const signedIn = "document.querySelector('#status')?.textContent === 'Signed in as Nell Rota.'"

// pageAt is the registration of the example that runs in a page.
func pageAt(origin string) directory.NewClient {
	return directory.NewClient{Registration: idp.Registration{
		ID: "rota", Name: "Rota", Kind: idp.ClientBrowser, RedirectURIs: []string{origin + "/"}, PostLogoutRedirectURIs: []string{origin + "/"},
		Scopes: []string{"openid", "profile", "offline_access"}, RefreshTokens: true, SessionIdleTimeout: 15 * time.Minute,
	}}
}

// servePage serves the example as it is, but for the issuer, and for the time at which the library renews the access token: a few
// seconds after it got it.
func servePage(t *testing.T, at net.Listener, issuer string) {
	t.Helper()
	files := http.NewServeMux()
	files.Handle("/node_modules/", http.StripPrefix("/node_modules/", http.FileServerFS(os.DirFS(testenv.BrowserModules(t)))))
	for path, name := range map[string]string{"GET /{$}": "browser/index.html", "GET /app.js": "browser/app.js"} {
		text := read(t, name)
		if !strings.Contains(text, "https://id.example.com") {
			t.Fatalf("%s names no issuer", name)
		}
		text = strings.ReplaceAll(text, "https://id.example.com", issuer)
		text = strings.ReplaceAll(text, "NotificationTimeInSeconds: 60", "NotificationTimeInSeconds: 295")
		files.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, name, time.Time{}, strings.NewReader(text))
		})
	}
	server := &httptest.Server{Listener: at, Config: &http.Server{Handler: files, ReadHeaderTimeout: time.Second}}
	server.Start()
	t.Cleanup(server.Close)
}

// count is how often the provider gave this answer.
func (r *recorder) count(answer string) int {
	return len(slices.DeleteFunc(r.seen(), func(s string) bool { return s != answer }))
}

func TestTheBrowserExampleWithARealProvider(t *testing.T) {
	t.Parallel()
	front := listen(t)
	origin := "http://" + front.Addr().String()
	id := startProviderOf(t, pageAt(origin))
	servePage(t, front, id.issuer)
	eyes, nell := browsertest.NewInspector(t), browsertest.Start(t).Browser(t)

	nell.Open(origin)
	nell.Await("an offer to sign in", "document.querySelector('#signin')?.checkVisibility()")
	eyes.Look(nell, "browser-app-signed-out")
	nell.Press("Sign in")
	nell.Fill("username", username)
	nell.Fill("password", password)
	nell.Press("Continue")
	nell.Await("her name", signedIn)
	if nell.URL() != origin+"/" {
		t.Errorf("the code is still in the address: %s", nell.URL())
	}

	// The library renews by itself, with a new refresh token each time.
	renewed := id.count("POST /oauth/token 200")
	await(t, "two renewals", func() bool { return id.count("POST /oauth/token 200") >= renewed+2 })
	if !nell.Holds(signedIn) || id.count("OPTIONS /oauth/userinfo 204") == 0 {
		t.Errorf("%s\n%v", nell.Text(), id.seen())
	}

	// A person's input is told, and the page learns how long the session lasts.
	if id.count("POST /session/activity 200") > 0 {
		t.Error("something was told before there was any input")
	}
	await(t, "a report that is not too soon after the sign-in", func() bool {
		nell.Fill("note", "swap Tuesday")
		return id.count("POST /session/activity 200") > 0
	})
	nell.Await("what is left", "document.querySelector('#left').textContent === 'Your session lasts 15 more minutes without input.'")
	eyes.Look(nell, "browser-app-signed-in")

	// No token is anywhere but in memory, and yet a reload signs nobody out.
	if nell.Holds("[...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie].some(text => /eyJ|_token/.test(text))") {
		t.Error("a token is stored")
	}
	nell.Reload()
	nell.Await("her name, without a question", signedIn)

	nell.Press("Sign out")
	nell.Await("an offer to sign in again", "document.querySelector('#signin')?.checkVisibility()")
	if nell.Holds(signedIn) || !strings.HasPrefix(nell.URL(), origin) {
		t.Errorf("signed out at %s: %s", nell.URL(), nell.Text())
	}
}

// The session ends at APS ID: the next renewal is refused, and the page shows nothing of the person any more.
func TestTheBrowserExampleLearnsOfTheEnd(t *testing.T) {
	t.Parallel()
	front := listen(t)
	origin := "http://" + front.Addr().String()
	id := startProviderOf(t, pageAt(origin))
	servePage(t, front, id.issuer)
	nell := signInAt(t, browsertest.Start(t), origin)
	id.disable(t)
	nell.Await("the end", "document.querySelector('#status').textContent === 'Your session has ended.'")
}

func signInAt(t *testing.T, chrome *browsertest.Chrome, origin string) *browsertest.Browser {
	t.Helper()
	nell := chrome.Browser(t)
	nell.Open(origin)
	nell.Await("an offer to sign in", "document.querySelector('#signin')?.checkVisibility()")
	nell.Press("Sign in")
	nell.Fill("username", username)
	nell.Fill("password", password)
	nell.Press("Continue")
	nell.Await("her name", signedIn)
	return nell
}

// ABUSE 62: an attacker's page has stolen a refresh token. Its browser lets it read nothing, the token is not spent, and the app goes on.
func TestAPageOfAnotherOriginCantUseWhatItStole(t *testing.T) {
	t.Parallel()
	front, evil := listen(t), listen(t)
	origin := "http://" + front.Addr().String()
	id := startProviderOf(t, pageAt(origin))
	servePage(t, front, id.issuer)
	servePage(t, evil, id.issuer)
	nell := signInAt(t, browsertest.Start(t), origin)

	// What the attacker has: the app's page is made to hand it over. The timer of the library stops, so that the token stays the newest.
	nell.Script("manager.stopSilentRenew(); const user = await manager.getUser(); window.name = JSON.stringify([user.refresh_token, user.access_token])")
	nell.Open("http://" + evil.Addr().String() + "/app.js") // a page of that origin, without a policy
	call := strings.ReplaceAll(`
		const [refresh, access] = JSON.parse(window.name), form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'rota', refresh_token: refresh })
		const bearer = { Authorization: 'Bearer ' + access }
		window.readable = []
		for (const [path, options] of [
			['/session/activity', { method: 'POST', headers: { ...bearer, 'Content-Type': 'application/json' }, body: '{"idle_seconds":0}' }],
			['/oauth/userinfo', { headers: bearer }],
			['/oauth/userinfo', { method: 'POST', body: new URLSearchParams({ access_token: access }) }],
			['/oauth/token', { method: 'POST', body: form }],
			['/oauth/revoke', { method: 'POST', body: new URLSearchParams({ client_id: 'rota', token: refresh }) }],
		]) await fetch('ISSUER' + path, options).then(() => readable.push(path), () => {})`, "ISSUER", id.issuer)
	before := len(id.seen())
	nell.Script(call)
	if !nell.Holds("readable.length === 0") {
		t.Error("another origin read an answer")
	}
	asked := []string{"OPTIONS /session/activity 403", "OPTIONS /oauth/userinfo 403", "POST /oauth/userinfo 403", "POST /oauth/token 400", "POST /oauth/revoke 400"}
	if got := id.seen()[before:]; !slices.Equal(got, asked) {
		t.Errorf("it was answered %v", got)
	}
	if refused := nell.Complaints(); len(refused) != len(asked) {
		t.Errorf("the browser refused: %v", refused)
	}
	nell.Open(origin + "/app.js")
	renewed := id.count("POST /oauth/token 200")
	nell.Script(call)
	if !nell.Holds("readable.length === 5") || id.count("POST /oauth/token 200") != renewed+1 {
		t.Errorf("the app's own origin can't use it any more: %v", id.seen()[before:])
	}
}
