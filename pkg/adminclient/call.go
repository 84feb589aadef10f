package adminclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// longestWait bounds how long a call waits before it is made again.
const longestWait = 30 * time.Second

// request is one call.
type request struct {
	method  string
	path    []string // parts below the API's URL, unescaped
	query   url.Values
	body    any   // nil: none
	version int64 // of what is edited; 0: this is no edit
}

func get(path ...string) request  { return request{method: http.MethodGet, path: path} }
func post(path ...string) request { return request{method: http.MethodPost, path: path} }

func (r request) with(body any) request {
	r.body = body
	return r
}

// call makes a call and reads its answer.
func call[T any](ctx context.Context, c *Client, r request) (T, error) {
	var answer T
	body, err := c.do(ctx, r)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer, fmt.Errorf("adminclient: the answer can't be read: %w", err)
	}
	return answer, nil
}

// do makes a call, again while the provider says that it is busy. Each attempt carries the same key, so that it is carried out
// once.
func (c *Client) do(ctx context.Context, r request) ([]byte, error) {
	for _, part := range r.path {
		if part == "" || part == "." || part == ".." { // would be another path
			return nil, fmt.Errorf("adminclient: %q is not an identifier", part)
		}
	}
	var sent []byte
	if r.body != nil {
		var err error
		if sent, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("adminclient: %w", err)
		}
	}
	key := rand.Text()
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, r, sent, key)
		var refused *Error
		if attempt >= c.config.Attempts || !errors.As(err, &refused) || refused.RetryAfter == 0 || refused.RetryAfter > longestWait {
			return answer, err
		}
		if err := wait(ctx, refused.RetryAfter); err != nil {
			return nil, err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) once(ctx context.Context, r request, sent []byte, key string) ([]byte, error) {
	out, err := http.NewRequestWithContext(ctx, r.method, c.url(r), bytes.NewReader(sent))
	if err != nil {
		return nil, fmt.Errorf("adminclient: %w", err)
	}
	token, err := c.tokens.Token()
	if err != nil {
		return nil, fmt.Errorf("adminclient: %w", err)
	}
	token.SetAuthHeader(out)
	out.Header.Set("User-Agent", c.config.UserAgent)
	out.Header.Set("Accept", "application/json")
	if len(sent) > 0 {
		out.Header.Set("Content-Type", "application/json")
	}
	if r.method != http.MethodGet {
		out.Header.Set("Idempotency-Key", key)
	}
	if r.version > 0 {
		out.Header.Set("If-Match", strconv.Quote(strconv.FormatInt(r.version, 10)))
	}
	response, err := c.config.HTTP.Do(out)
	if err != nil {
		return nil, fmt.Errorf("adminclient: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("adminclient: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, errorOf(response, body)
	}
	return body, nil
}

func (c *Client) url(r request) string {
	at := *c.api
	for _, part := range r.path {
		at.RawPath = at.EscapedPath() + "/" + url.PathEscape(part)
		at.Path += "/" + part
	}
	at.RawQuery = r.query.Encode()
	return at.String()
}

// page is a part of a list.
type page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor"`
}

// list goes through a list page by page. After an error it ends.
func list[T any](ctx context.Context, c *Client, r request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := url.Values{}
		for name, values := range r.query {
			query[name] = values
		}
		query.Set("limit", "200")
		for {
			r.query = query
			found, err := call[page[T]](ctx, c, r)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range found.Items {
				if !yield(item, nil) {
					return
				}
			}
			if found.NextCursor == "" {
				return
			}
			query.Set("cursor", found.NextCursor)
		}
	}
}

// values makes a query of those that are not empty.
func values(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
