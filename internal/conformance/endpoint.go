package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// reply is what an endpoint answered to the client itself.
type reply struct {
	status int
	header http.Header
	body   []byte
	object map[string]any // nil unless the body is a JSON object
}

// call makes a request of the client, with no cookies.
func (r *run) call(ctx context.Context, method, address string, form url.Values, header http.Header) (reply, error) {
	return r.send(ctx, outgoing{method: method, address: address, form: form, header: header})
}

func (r *run) send(ctx context.Context, out outgoing) (reply, error) {
	var body io.Reader
	if out.form != nil {
		body = strings.NewReader(out.form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, out.method, out.address, body)
	if err != nil {
		return reply{}, err
	}
	if out.header != nil {
		request.Header = out.header
	}
	if out.form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if request.Header.Get("Accept") == "" {
		request.Header.Set("Accept", "application/json")
	}
	if out.transport == nil {
		out.transport = r.config.Transport
	}
	client := &http.Client{Transport: out.transport, Timeout: patience}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return reply{}, err
	}
	answered := reply{status: response.StatusCode, header: response.Header, body: text}
	if json.Unmarshal(text, &answered.object) != nil {
		answered.object = nil
	}
	return answered, nil
}

// text is a string among the members; "" if it is none.
func (a reply) text(name string) string { return text(a.object, name) }

func (a reply) isStatus(want int) error {
	if a.status != want {
		return fmt.Errorf("status %d, want %d: %.200s", a.status, want, a.body)
	}
	return nil
}

func (a reply) isJSON() error {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fmt.Errorf("Content-Type %q, want application/json", a.header.Get("Content-Type"))
	}
	return nil
}

// isRefusal holds RFC 6749, section 5.2, and that the error is one of these.
func (a reply) isRefusal(allowed ...string) error {
	if a.object == nil {
		return fmt.Errorf("no JSON object: %.200s", a.body)
	}
	return oneOf("error", a.text("error"), allowed...)
}

func text(object map[string]any, name string) string {
	value, _ := object[name].(string)
	return value
}

func number(object map[string]any, name string) (float64, bool) {
	value, found := object[name].(float64)
	return value, found
}

// list is an array of strings among the members.
func list(object map[string]any, name string) ([]string, error) {
	values, isList := object[name].([]any)
	if !isList {
		return nil, fmt.Errorf("%s is %v, want an array", name, object[name])
	}
	var all []string
	for _, v := range values {
		one, isText := v.(string)
		if !isText {
			return nil, fmt.Errorf("%s has %v, want strings only", name, v)
		}
		all = append(all, one)
	}
	return all, nil
}

func oneOf(name, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fmt.Errorf("%s is %q, want one of %q", name, value, allowed)
}

func same(name string, got, want any) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", name, got, want)
	}
	return nil
}
