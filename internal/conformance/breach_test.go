package conformance_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// breach is one rule that a provider breaks: what a proxy in front of the real one changes. It is of one run.
type breach struct {
	answer   func(*exchange) bool // it answers itself, and the provider is not asked
	request  func(*exchange)      // on its way to the provider
	response func(*exchange)      // on its way back

	mu    sync.Mutex
	count int // of what the breach counts
}

// next counts, from 1.
func (b *breach) next() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	return b.count
}

// exchange is a request and its answer.
type exchange struct {
	method string
	path   string
	query  url.Values
	form   url.Values
	from   http.Header // the request's

	status int
	header http.Header
	body   []byte
}

type exchangeKey struct{}

// around reads what the client has sent, before it goes to the provider by next.
func (b *breach) around(next http.Handler) http.Handler {
	if b == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &exchange{method: r.Method, path: r.URL.Path, query: r.URL.Query(), from: r.Header, status: http.StatusOK, header: http.Header{}}
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			e.form, _ = url.ParseQuery(string(body)) // what is no form is none
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if b.answer != nil && b.answer(e) {
			for name, values := range e.header {
				w.Header()[name] = values
			}
			w.WriteHeader(e.status)
			_, _ = w.Write(e.body)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)))
	})
}

// onRequest changes what goes to the provider.
func (b *breach) onRequest(out *http.Request) {
	if b == nil || b.request == nil {
		return
	}
	e := out.Context().Value(exchangeKey{}).(*exchange)
	changed := *e
	changed.query, changed.form, changed.from = clone(e.query), clone(e.form), out.Header
	b.request(&changed)
	out.URL.RawQuery = changed.query.Encode()
	if e.method == http.MethodPost {
		body := changed.form.Encode()
		out.Body, out.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

func clone(values url.Values) url.Values {
	other := url.Values{}
	for name, all := range values {
		other[name] = slices.Clone(all)
	}
	return other
}

// onResponse changes what comes back.
func (b *breach) onResponse(response *http.Response) error {
	if b == nil || b.response == nil {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	e := *response.Request.Context().Value(exchangeKey{}).(*exchange)
	e.status, e.header, e.body = response.StatusCode, response.Header, body
	b.response(&e)
	response.StatusCode, response.Status = e.status, strconv.Itoa(e.status)+" "+http.StatusText(e.status)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(e.body)), int64(len(e.body))
	response.Header.Set("Content-Length", strconv.Itoa(len(e.body)))
	return nil
}

// is reports whether the exchange is of this path of the provider.
func (e *exchange) is(path string) bool { return e.path == path }

// object changes the JSON object of the answer.
func (e *exchange) object(change func(map[string]any)) {
	var object map[string]any
	if json.Unmarshal(e.body, &object) != nil {
		return
	}
	change(object)
	e.body, _ = json.Marshal(object)
}

// json makes an object the answer.
func (e *exchange) json(status int, object map[string]any) {
	e.status = status
	e.header.Set("Content-Type", "application/json")
	e.body, _ = json.Marshal(object)
}

// page makes a page of a provider the answer.
func (e *exchange) page(status int, text string) {
	e.status, e.body = status, []byte("<!doctype html><title>"+text+"</title>")
	e.header.Set("Content-Type", "text/html; charset=utf-8")
	e.header.Del("Location")
}

// redirect makes the answer a redirect.
func (e *exchange) redirect(to string, q url.Values) {
	e.status, e.body = http.StatusSeeOther, nil
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	e.header.Set("Location", to)
}

// refuse answers an authorization request with an error, at the address that it names.
func (e *exchange) refuse(code string) {
	asked := e.query
	if e.method == http.MethodPost {
		asked = e.form
	}
	e.redirect(asked.Get("redirect_uri"), url.Values{"error": {code}, "state": {asked.Get("state")}})
}

// returned changes the parameters of an answer at the app, which came by redirect.
func (e *exchange) returned(change func(url.Values)) {
	to, err := url.Parse(e.header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), suiteApp) {
		return
	}
	q := to.Query()
	change(q)
	to.RawQuery = q.Encode()
	e.header.Set("Location", to.String())
}

// posted returns the address and the fields of the page's form, if it leads to the app.
func (e *exchange) posted() (action string, fields url.Values, found bool) {
	form := regexp.MustCompile(`<form method="post" action="([^"]*)"`).FindSubmatch(e.body)
	if form == nil || !strings.HasPrefix(html.UnescapeString(string(form[1])), suiteApp) {
		return "", nil, false
	}
	fields = url.Values{}
	for _, input := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllSubmatch(e.body, -1) {
		fields.Set(html.UnescapeString(string(input[1])), html.UnescapeString(string(input[2])))
	}
	return html.UnescapeString(string(form[1])), fields, true
}

func decode(part string) []byte {
	plain, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		panic(err)
	}
	return plain
}
