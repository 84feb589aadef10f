package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxSteps bounds a chain of redirects.
const maxSteps = 12

// how a browser asks: what it says in its Fetch Metadata.
type how int

const (
	click  how = iota // a person goes there
	reload            // the page goes there by itself
	script            // a script of the page asks
)

// person is a browser, and a person at it who signs in when asked.
type person struct {
	provider *provider
	client   *http.Client
	plan     plan
	jar      *jar
	pace     *pace

	before *jar   // the cookies just before the last answer of the provider came
	code   string // of that answer
}

// page is where a chain of redirects ended.
type page struct {
	status int
	url    *url.URL
	header http.Header
	asked  int      // how often the app sent the person to sign in
	signin bool     // the chain ended there
	left   *url.URL // another place of the provider that the app sent the person to
}

// served reports whether the app showed what it shows to people who are signed in.
func (p page) served() bool { return !p.signin && p.left == nil && p.status >= 200 && p.status < 300 }

// sid is the session that the person signed in to last; "" if the app did not get so far.
func (p *person) sid() string {
	p.provider.mu.Lock()
	defer p.provider.mu.Unlock()
	if g := p.provider.codes[p.code]; g != nil {
		return g.session
	}
	return ""
}

// open goes to an address and signs in, at most once, if the app asks for it.
func (p *person) open(ctx context.Context, address string) (page, error) {
	return p.follow(ctx, reply{target: address}, click, 1)
}

// look asks for an address without signing in.
func (p *person) look(ctx context.Context, address string, as how) (page, error) {
	return p.follow(ctx, reply{target: address}, as, 0)
}

// carry brings an answer of the provider to the app.
func (p *person) carry(ctx context.Context, answer reply) (page, error) {
	return p.follow(ctx, answer, click, 0)
}

// with returns the same person with other cookies.
func (p *person) with(cookies *jar) *person {
	other := *p
	other.jar = cookies
	return &other
}

func (p *person) follow(ctx context.Context, next reply, as how, signIns int) (page, error) {
	asked := 0
	for range maxSteps {
		response, err := p.send(ctx, next, as)
		if err != nil {
			return page{}, err
		}
		here := page{status: response.StatusCode, url: response.Request.URL, header: response.Header, asked: asked}
		location, err := response.Location()
		if errors.Is(err, http.ErrNoLocation) || response.StatusCode < 300 || response.StatusCode > 399 {
			return here, nil
		}
		if err != nil {
			return page{}, fmt.Errorf("a redirect to nowhere: %w", err)
		}
		switch {
		case location.Host == p.provider.app.Host:
			next = reply{target: location.String()}
		case !strings.HasPrefix(location.String(), p.provider.issuer+"/"):
			return page{}, fmt.Errorf("the app sent the person to %s", location.Host)
		case location.Path != "/authorize":
			here.left = location
			return here, nil
		default:
			asked++
			here.asked = asked
			if asked > signIns {
				here.signin = true
				return here, nil
			}
			if next, err = p.signIn(location.Query()); err != nil {
				return page{}, err
			}
			as = reload // coming back is no input: it would use up the one report that the app has in a minute
		}
	}
	return page{}, fmt.Errorf("more than %d redirects", maxSteps)
}

// signIn is what happens at the provider.
func (p *person) signIn(query url.Values) (reply, error) {
	p.before = p.jar.clone()
	answer, ok := p.provider.authorize(query, p.plan)
	if !ok {
		return reply{}, errors.New("the app asked for the answer at another address")
	}
	p.code = answer.code
	return answer, nil
}

func (p *person) send(ctx context.Context, to reply, as how) (*http.Response, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if to.form != nil {
		method, body = http.MethodPost, strings.NewReader(to.form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, method, to.target, body)
	if err != nil {
		return nil, err
	}
	if to.form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", p.provider.issuer)
	}
	describe(request.Header, as)
	return p.do(request)
}

// describe adds what browsers say of how a request came about (W3C Fetch Metadata).
func describe(h http.Header, as how) {
	if as == script {
		h.Set("Accept", "*/*")
		h.Set("Sec-Fetch-Mode", "cors")
		h.Set("Sec-Fetch-Dest", "empty")
		h.Set("Sec-Fetch-Site", "same-origin")
		return
	}
	h.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	h.Set("Sec-Fetch-Mode", "navigate")
	h.Set("Sec-Fetch-Dest", "document")
	h.Set("Sec-Fetch-Site", "same-origin")
	if as == click {
		h.Set("Sec-Fetch-User", "?1")
		h.Set("Sec-Fetch-Site", "none")
	}
}

// do sends the request with the cookies, keeps those that come back, and reads the answer.
func (p *person) do(request *http.Request) (*http.Response, error) {
	began := time.Now()
	defer func() { p.pace.note(time.Since(began)) }()
	p.jar.put(request)
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return nil, err
	}
	p.jar.take(response.Cookies(), time.Now())
	return response, nil
}

// post sends what a page of this origin would: its script, or a form of it that the person sent.
func (p *person) post(ctx context.Context, address, origin string, as how, kind, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	describe(request.Header, as)
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Origin", origin)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if origin != originOf(p.provider.app) {
		request.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	return p.do(request)
}

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }
