package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// caller makes requests of apps and people, one at a time or many.
type caller struct {
	base   string
	client *http.Client
}

// chains is how many sessions refresh at the same time: a request waits for one whose last refresh was answered.
const chains = 32

const callback = "http://127.0.0.1:9/callback"

// errNotSent is the error of an operation that is not one request.
var errNotSent = errors.New("its requests are not sent at a rate")

func newCaller(base string) caller {
	const conns = 1000
	return caller{base, &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: conns, MaxIdleConnsPerHost: conns}}}
}

// operation prepares what a row needs, and returns one request of it.
func (c caller) operation(ctx context.Context, r row) (func(context.Context) error, error) {
	app := "bench-app"
	if strings.HasSuffix(r.name, withES256) {
		app += withES256
	}
	granted := url.Values{"grant_type": {"client_credentials"}, "scope": {"bench.read"}, "resource": {"https://api.bench.example/"}}
	switch strings.TrimSuffix(r.name, withES256) {
	case "discovery":
		return c.get("/.well-known/openid-configuration", ""), nil
	case "keys":
		return c.get("/.well-known/jwks.json", ""), nil
	case "cc":
		return func(ctx context.Context) error { _, err := c.token(ctx, "bench-feed", granted); return err }, nil
	case "introspect":
		t, err := c.token(ctx, "bench-feed", granted)
		return c.introspect(t.Access, "bench-api"), err
	case "introspect-person":
		t, err := c.signIn(ctx, app)
		return c.introspect(t.Access, app), err
	case "userinfo":
		t, err := c.signIn(ctx, app)
		return c.get("/oauth/userinfo", t.Access), err
	case "refresh":
		return c.refreshing(ctx, app)
	case "flow", "flow-dpop":
		return c.exchanging(ctx, app, r.name == boundRow)
	default:
		return nil, errNotSent
	}
}

func (c caller) refreshing(ctx context.Context, app string) (func(context.Context) error, error) {
	free := make(chan string, chains)
	for range chains {
		t, err := c.signIn(ctx, app)
		if err != nil {
			return nil, err
		}
		free <- t.Refresh
	}
	return func(ctx context.Context) error {
		t, err := c.token(ctx, app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {<-free}})
		if err == nil {
			free <- t.Refresh
			return nil
		}
		again, failed := c.signIn(ctx, app)
		free <- again.Refresh
		return errors.Join(err, failed)
	}, nil
}

func (c caller) get(path, bearer string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, http.NoBody)
		if err != nil {
			return err
		}
		if bearer != "" {
			request.Header.Set("Authorization", "Bearer "+bearer)
		}
		_, err = c.do(request)
		return err
	}
}

func (c caller) introspect(token, client string) func(context.Context) error {
	return func(ctx context.Context) error {
		text, err := c.post(ctx, "/oauth/introspect", client, url.Values{"token": {token}})
		if err == nil && !strings.Contains(string(text), `"active":true`) {
			err = fmt.Errorf("not active: %s", text)
		}
		return err
	}
}

// issued are the tokens of an answer.
type issued struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func (c caller) token(ctx context.Context, client string, form url.Values) (t issued, err error) {
	text, err := c.post(ctx, "/oauth/token", client, form)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	return t, err
}

func (c caller) post(ctx context.Context, path, client string, form url.Values) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(client, secret)
	return c.do(request)
}

func (c caller) do(request *http.Request) ([]byte, error) {
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s %s", request.Method, request.URL.Path, response.Status, text)
	}
	return text, err
}

// signIn signs the first person in with a new browser, and redeems the code.
func (c caller) signIn(ctx context.Context, app string) (t issued, err error) {
	_, page, err := c.enter(ctx, app)
	if err != nil {
		return t, err
	}
	to, err := page.Location()
	if err != nil {
		return t, fmt.Errorf("signing in ended at %s: %s", page.Request.URL.Path, page.Status)
	}
	return c.token(ctx, app, url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {callback}})
}

// enter signs the first person in with a new browser; the page is the answer at the app.
func (c caller) enter(ctx context.Context, app string) (browser caller, page *http.Response, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return browser, nil, err
	}
	browser = caller{c.base, &http.Client{Jar: jar, Transport: c.client.Transport, CheckRedirect: func(to *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(to.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	if page, err = browser.authorize(ctx, app); err != nil {
		return browser, nil, err
	}
	page, err = browser.visit(ctx, http.MethodPost, page.Request.URL.String(), url.Values{"username": {"worker0@bench.example"}, "password": {password}})
	return browser, page, err
}

// authorize sends the browser from the app to the first page of a sign-in.
func (c caller) authorize(ctx context.Context, app string) (*http.Response, error) {
	return c.visit(ctx, http.MethodGet, c.base+"/authorize?"+url.Values{
		"client_id": {app}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid offline_access"}, "nonce": {"n"},
	}.Encode(), nil)
}

// leave leaves so many sessions of the app that have reported activity, and as many sign-ins that were begun.
func (c caller) leave(ctx context.Context, app string, n int) error {
	for range n {
		if _, err := c.authorize(ctx, app); err != nil {
			return err
		}
		t, err := c.signIn(ctx, app)
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/session/activity", strings.NewReader(`{"idle_seconds":0}`))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+t.Access)
		if _, err := c.do(request); err != nil {
			return err
		}
	}
	return nil
}

// visit opens a page and goes where it leads.
func (c caller) visit(ctx context.Context, method, address string, form url.Values) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	return response, response.Body.Close()
}
