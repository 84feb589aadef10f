package browsertest_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/templates"
)

const (
	makes = `{"rp":{"id":"localhost","name":"Test"},"user":{"id":"aGFuZGxl","name":"mia@x.example","displayName":"Mia"},"challenge":"Y2hhbGxlbmdl",
		"pubKeyCredParams":[{"type":"public-key","alg":-7}],"authenticatorSelection":{"residentKey":"preferred","userVerification":"preferred"},
		"excludeCredentials":[%s]}`
	asks = `{"challenge":"Y2hhbGxlbmdl","rpId":"localhost","userVerification":"preferred"}`

	passkeyPage = `<!doctype html><html lang="en"><head><title>A form</title><script defer src="/enhance.js"></script><script defer src="/passkey.js"></script></head>
<body><main data-step="%[1]s"><h1>A form</h1>
<form method="post" action="/?was=password"><label for="u">Name</label><input id="u" name="username" autocomplete="username webauthn"><button>Continue</button></form>
<form method="post" data-passkey="%[1]s" data-options='%[2]s'><input type="hidden" name="credential">
<p data-passkey-needs hidden>Touch it.</p><p data-passkey-lacks>Not here.</p><p role="status" data-passkey-status></p>
<button>Use it</button><button name="action" value="other">Another way</button></form></main></body></html>`
)

// passkeySite asks for passkeys as our pages do, under their policy, and answers with what it was sent.
type passkeySite struct {
	*httptest.Server
	exclude string
	lacking string // a script that comes before the other: what an older browser lacks
}

func newPasskeySite(t *testing.T) *passkeySite {
	t.Helper()
	static, err := templates.Static()
	if err != nil {
		t.Fatal(err)
	}
	s := &passkeySite{}
	mux := http.NewServeMux()
	for _, name := range []string{"enhance.js", "passkey.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			script, err := fs.ReadFile(static, name)
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "text/javascript")
			if name == "enhance.js" {
				fmt.Fprint(w, s.lacking)
			}
			_, _ = w.Write(script)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		if r.Method == http.MethodPost {
			fmt.Fprintf(w, `<!doctype html><title>Sent</title><p id="was">%s</p><p id="action">%s</p><p id="got">%s</p>`, r.FormValue("was"), r.FormValue("action"), r.FormValue("credential"))
			return
		}
		kind, options := strings.TrimPrefix(r.URL.Path, "/"), asks
		if kind == "create" {
			options = fmt.Sprintf(makes, s.exclude)
		}
		fmt.Fprintf(w, passkeyPage, kind, options)
	})
	s.Server = httptest.NewServer(mux)
	s.URL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	t.Cleanup(s.Close)
	return s
}

// answered is the answer of the browser that the site was sent.
func answered(t *testing.T, b *browsertest.Browser) (answer struct {
	ID, RawID, Type string
	Response        map[string]any
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(b.Value("#got")), &answer); err != nil || answer.ID == "" || answer.ID != answer.RawID || answer.Type != "public-key" {
		t.Errorf("%q: %v", b.Value("#got"), err)
	}
	return answer
}

const status = "[data-passkey-status]"

// olderBrowser has passkeys, and none of the functions that came later.
const olderBrowser = `delete PublicKeyCredential.parseCreationOptionsFromJSON; delete PublicKeyCredential.parseRequestOptionsFromJSON;
	delete PublicKeyCredential.prototype.toJSON; delete PublicKeyCredential.isConditionalMediationAvailable;`

func TestThePasskeyScriptHandsOnWhatTheBrowserAnswers(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for name, lacking := range map[string]string{"new browser": "", "older browser": olderBrowser} {
		t.Run(name, func(t *testing.T) {
			s := newPasskeySite(t)
			s.lacking = lacking
			b := chrome.Browser(t)
			device := b.Plug(browsertest.DeviceKind{})
			b.Open(s.URL + "/create")
			equal(t, "what is said where there are passkeys", b.Holds(`!document.querySelector("[data-passkey-needs]").hidden`), true)
			b.Press("Use it")
			made := answered(t, b)
			equal(t, "passkeys of the device", len(device.Passkeys()), 1)
			for _, field := range []string{"clientDataJSON", "attestationObject", "transports"} {
				if made.Response[field] == nil {
					t.Errorf("making one sent no %s: %v", field, made)
				}
			}
			s.exclude = fmt.Sprintf(`{"type":"public-key","id":%q}`, made.ID)
			b.Open(s.URL + "/create")
			b.Tap("Use it")
			b.Await("it says that there is one", `document.querySelector("`+status+`").textContent.includes("already")`)

			b.Open(s.URL + "/get")
			b.Press("Use it")
			used := answered(t, b)
			equal(t, "the passkey that answered", used.ID, made.ID)
			for _, field := range []string{"clientDataJSON", "authenticatorData", "signature", "userHandle"} {
				if used.Response[field] == nil {
					t.Errorf("using one sent no %s: %v", field, used)
				}
			}
		})
	}
}

func TestThePasskeyScriptSaysWhatHappened(t *testing.T) {
	t.Parallel()
	s, b := newPasskeySite(t), browsertest.Start(t).Browser(t)
	device := b.Plug(browsertest.DeviceKind{})
	device.Recognises(false)
	b.Open(s.URL + "/get")
	b.Tap("Use it")
	b.Await("nothing came of it", `document.querySelector("`+status+`").textContent.startsWith("Nothing happened")`)
	equal(t, "the button works again", b.Holds(`!document.querySelector("[data-passkey] button").disabled`), true)
	equal(t, "nothing is kept", b.Value("[name=credential]"), "")

	device.Recognises(true)
	b.Open(s.URL + "/create")
	device.Agrees(false)
	b.Tap("Use it")
	b.Await("it waits", `document.querySelector("`+status+`").textContent.startsWith("Follow")`)
	b.Act("other") // while the device waits
	equal(t, "action", b.Value("#action"), "other")
	equal(t, "answer", b.Value("#got"), "")
}

// The person types, and the passkey waits among what the browser offers; whoever takes it is through.
func TestThePasskeyScriptNeverBlocksTyping(t *testing.T) {
	t.Parallel()
	s, b := newPasskeySite(t), browsertest.Start(t).Browser(t)
	device := b.Plug(browsertest.DeviceKind{})
	b.Open(s.URL + "/create")
	b.Press("Use it")
	made := answered(t, b)

	device.Agrees(false)
	b.Open(s.URL + "/conditional")
	b.Fill("username", "mia@x.example")
	b.Press("Continue")
	equal(t, "the form that was sent", b.Value("#was"), "password")

	device.Agrees(true) // before it is asked: one that was asked before then goes on waiting
	b.Open(s.URL + "/conditional")
	b.Await("the passkey that the browser offered has answered", `document.getElementById("got")`)
	equal(t, "the passkey that answered", answered(t, b).ID, made.ID)
}

func TestWithoutPasskeysTheScriptOffersNone(t *testing.T) {
	t.Parallel()
	s, chrome := newPasskeySite(t), browsertest.Start(t)
	s.lacking = "delete window.PublicKeyCredential;"
	for name, options := range map[string][]browsertest.Option{"no passkeys": nil, "no scripts": {browsertest.WithoutScripts()}} {
		b := chrome.Browser(t, options...)
		b.Open(s.URL + "/get")
		equal(t, name+": needs", b.Holds(`document.querySelector("[data-passkey-needs]").hidden`), true)
		b.Press("Use it")
		equal(t, name+": answer", b.Value("#got"), "")
	}
}
