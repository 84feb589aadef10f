package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

const (
	maxBody  = 1 << 20
	maxSteps = 20 // of one request at a browser: redirects and forms
	patience = 30 * time.Second
)

// browser is a person's, who signs in where they are asked to. It runs no script.
type browser struct {
	client *http.Client
	app    string
	person Person

	idles   bool // the person looks at the sign-in page, and does nothing
	rejects bool // they turn back there
}

// answer is where a request at the browser ended: at the app, or at a page of the provider.
type answer struct {
	at      string // the address without its query
	method  string
	query   url.Values
	form    url.Values // nil unless it was posted
	page    *page      // nil at the app
	signIns int        // how often the person was asked to sign in on the way
	resent  bool       // a form was answered with a redirect that has a browser send it once more (307 or 308)
}

func newBrowser(config Config) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{app: config.App, person: config.Person, client: &http.Client{
		Jar: jar, Transport: config.Transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// open goes to an address, as a link of the app does.
func (b *browser) open(ctx context.Context, address string) (answer, error) {
	return b.walk(ctx, step{method: http.MethodGet, address: address})
}

// post sends a form of the app to an address. A browser sends no Lax cookies with it (RFC 6265bis, section 5.6.7.1).
func (b *browser) post(ctx context.Context, address string, form url.Values) (answer, error) {
	return b.walk(ctx, step{method: http.MethodPost, address: address, form: form, foreign: true})
}

// press sends the first form of a page as it stands there.
func (b *browser) press(ctx context.Context, p *page) (answer, error) {
	if len(p.forms) == 0 {
		return answer{}, errors.New("the page has no form")
	}
	f := p.forms[0]
	return b.walk(ctx, step{method: f.method, address: f.action.String(), form: f.fields})
}

// step is one request of the browser.
type step struct {
	method  string
	address string
	form    url.Values
	foreign bool // it comes from the app's site
}

func (b *browser) walk(ctx context.Context, next step) (answer, error) {
	signIns, resent := 0, false
	for range maxSteps {
		arrived, found, err := b.arrived(next)
		if err != nil {
			return answer{}, err
		}
		if found {
			arrived.signIns, arrived.resent = signIns, resent
			return arrived, nil
		}
		response, document, err := b.send(ctx, next)
		if err != nil {
			return answer{}, err
		}
		if location, err := response.Location(); err == nil {
			resent = resent || next.method == http.MethodPost && response.StatusCode >= http.StatusTemporaryRedirect
			next = step{method: http.MethodGet, address: location.String()}
			continue
		}
		shown, err := readPage(response.StatusCode, response.Request.URL, document)
		if err != nil {
			return answer{}, err
		}
		if signIn, asked := shown.signIn(); asked && shown.status < 400 {
			if signIns++; signIns > 2 {
				return answer{}, errors.New("the person is asked to sign in again and again")
			}
			if b.idles {
				return answer{at: bare(response.Request.URL), page: shown, signIns: signIns}, nil
			}
			if b.rejects {
				if next, found = shown.rejected(); !found {
					return answer{}, skipped{"the sign-in page has no button to cancel"}
				}
				continue
			}
			next = b.filled(signIn)
			continue
		}
		if len(shown.forms) == 1 && b.isApp(shown.forms[0].action.String()) { // form_post
			f := shown.forms[0]
			next = step{method: f.method, address: f.action.String(), form: f.fields}
			continue
		}
		at := response.Request.URL
		return answer{at: bare(at), method: next.method, query: at.Query(), page: shown, signIns: signIns}, nil
	}
	return answer{}, fmt.Errorf("redirects without end at %s", next.address)
}

// arrived reports whether the next step leads to the app.
func (b *browser) arrived(next step) (answer, bool, error) {
	if !b.isApp(next.address) {
		return answer{}, false, nil
	}
	address, err := url.Parse(next.address)
	if err != nil {
		return answer{}, false, err
	}
	return answer{at: bare(address), method: next.method, query: address.Query(), form: next.form}, true, nil
}

func (b *browser) isApp(address string) bool {
	of, err := url.Parse(b.app)
	if err != nil {
		return false
	}
	return strings.HasPrefix(address, of.Scheme+"://"+of.Host+"/")
}

// filled is a form with the person's name and password in it.
func (b *browser) filled(f form) step {
	f.fields.Set(f.field("email", "text"), b.person.Username)
	f.fields.Set(f.field("password"), b.person.Password)
	return step{method: f.method, address: f.action.String(), form: f.fields}
}

func (b *browser) send(ctx context.Context, s step) (*http.Response, string, error) {
	var body io.Reader
	if s.method == http.MethodPost {
		body = strings.NewReader(s.form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, s.method, s.address, body)
	if err != nil {
		return nil, "", err
	}
	client, site := b.client, "same-origin"
	if s.foreign {
		without := *b.client
		without.Jar = nil
		client, site = &without, "cross-site"
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", site)
	}
	request.Header.Set("Accept", "text/html")
	response, err := client.Do(request)
	if err != nil {
		return nil, "", err
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, "", err
	}
	return response, string(document), nil
}

func bare(u *url.URL) string {
	without := *u
	without.RawQuery, without.Fragment = "", ""
	return without.String()
}
