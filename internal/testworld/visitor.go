package testworld

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testenv"
)

// patience bounds one request: a program that takes longer is broken, also under the race detector on two busy cores.
const patience = time.Minute

// Unlistened is where the redirects of the demo's test clients lead: nothing listens there, so they are not followed.
const Unlistened = "http://127.0.0.1:9/"

// Visitor is a person at a browser without a screen. Addresses without a host are the issuer's.
type Visitor struct {
	Client *http.Client        // it follows no redirects: the visitor does
	StopAt string              // a redirect to an address that begins so is not followed
	Forge  func(*http.Request) // changes every request; nil: nothing

	t      testing.TB
	issuer string
}

// Visitor opens a browser that shares nothing with any other.
func (w *World) Visitor() *Visitor {
	w.t.Helper()
	return NewVisitor(w.t, w.Manifest.Issuer)
}

// NewVisitor is World.Visitor for a test that has an issuer and no World.
func NewVisitor(t testing.TB, issuer string) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Visitor{t: t, issuer: issuer, StopAt: Unlistened, Client: &http.Client{
		Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Get opens an address and goes where it leads.
func (v *Visitor) Get(address string) Page {
	v.t.Helper()
	return v.Follow(http.MethodGet, address, nil)
}

// Post sends a form, as a page of the same site does, and goes where it leads.
func (v *Visitor) Post(address string, form url.Values) Page {
	v.t.Helper()
	return v.Follow(http.MethodPost, address, form)
}

// Follow makes a request and goes where it leads.
func (v *Visitor) Follow(method, address string, form url.Values) Page {
	v.t.Helper()
	for range 12 {
		p := v.Ask(method, address, form)
		if p.To == "" {
			return p
		}
		if strings.HasPrefix(p.To, v.StopAt) {
			p.At, p.To = p.To, ""
			return p
		}
		method, address, form = http.MethodGet, p.To, nil
	}
	v.t.Fatalf("redirects without end at %s", address)
	return Page{}
}

// Ask makes one request and goes nowhere.
func (v *Visitor) Ask(method, address string, form url.Values) Page {
	v.t.Helper()
	request := v.request(method, address, form)
	response, err := v.Client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		v.t.Fatal(err)
	}
	p := Page{At: v.short(request.URL.String()), Status: response.StatusCode, Body: string(text), Header: response.Header}
	p.Step = stepOf(p.Body)
	to, err := response.Location()
	if errors.Is(err, http.ErrNoLocation) {
		return p
	}
	if err != nil {
		v.t.Fatal(err)
	}
	p.To = v.short(to.String())
	return p
}

func (v *Visitor) request(method, address string, form url.Values) *http.Request {
	v.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.issuer + address
	}
	var body io.Reader
	if form != nil || method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(v.t.Context(), method, address, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if v.Forge != nil {
		v.Forge(request)
	}
	return request
}

// short leaves out the host if it is the issuer's.
func (v *Visitor) short(address string) string {
	if path, ours := strings.CutPrefix(address, v.issuer); ours && strings.HasPrefix(path, "/") {
		return path
	}
	return address
}

// SignIn gives user name, password and, where it is asked for, the code of that moment.
func (v *Visitor) SignIn(p Page, who demo.Person, clock *testenv.Clock) Page {
	v.t.Helper()
	p = v.Post(p.On(v.t, "password").At, url.Values{"username": {who.Username}, "password": {who.Password}})
	if p.Step != "totp" {
		return p
	}
	return v.Post(p.At, url.Values{"code": {Code(v.t, who.TOTPKey, clock)}})
}

// Code is what the authenticator app with this key shows.
func Code(t testing.TB, key string, clock *testenv.Clock) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(key, " ", ""), clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}
