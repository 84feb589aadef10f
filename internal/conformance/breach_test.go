package conformance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// breach is one rule that a provider breaks: what a proxy in front of the real one changes.
type breach struct {
	request  func(*http.Request) // on its way to the provider
	response func(*exchange)     // on its way back
	mu       sync.Mutex
	kept     map[string]*exchange // what a breach remembers of what passed
}

// exchange is a request as the client made it, and its answer.
type exchange struct {
	request *http.Request
	form    url.Values // as it was posted
	status  int
	header  http.Header
	body    []byte
}

type formKey struct{}

func (b *breach) onRequest(out *http.Request) {
	if b == nil || b.request == nil {
		return
	}
	b.request(out)
}

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
	e := &exchange{request: response.Request, status: response.StatusCode, header: response.Header, body: body}
	b.response(e)
	response.StatusCode, response.Status = e.status, strconv.Itoa(e.status)+" "+http.StatusText(e.status)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(e.body)), int64(len(e.body))
	response.Header.Set("Content-Length", strconv.Itoa(len(e.body)))
	return nil
}

// object changes the JSON object of the answer.
func (e *exchange) object(change func(map[string]any)) {
	var object map[string]any
	if json.Unmarshal(e.body, &object) != nil {
		return
	}
	change(object)
	e.body, _ = json.Marshal(object)
}

// redirect makes the answer a redirect.
func (e *exchange) redirect(to string) {
	e.status, e.body = http.StatusSeeOther, nil
	e.header.Set("Location", to)
}

// location changes the parameters of a redirect to the app.
func (e *exchange) location(change func(url.Values)) {
	to, err := url.Parse(e.header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), suiteApp) {
		return
	}
	q := to.Query()
	change(q)
	to.RawQuery = q.Encode()
	e.header.Set("Location", to.String())
}

func decode(part string) []byte {
	plain, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		panic(err)
	}
	return plain
}
