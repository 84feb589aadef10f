package browser

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/apscloud/apsid/internal/idp"
)

// Request is what is known of the request that is being answered: it stands in every line that is logged meanwhile, whoever logs.
type Request struct {
	ID      string
	Address string
	Trace   Trace
	client  atomic.Pointer[idp.ClientID]
}

// Trace is where a request stands in a distributed trace (W3C Trace Context, section 3.2); zero: in none.
type Trace struct{ ID, Parent string }

type requestKey struct{}

// WithRequest returns a context in which the request is answered.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestOf returns the request that is answered in the context; nil outside of one, of which every method can be called.
func RequestOf(ctx context.Context) *Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	return r
}

// SetClient remembers which client makes the request, or has it made.
func (r *Request) SetClient(id idp.ClientID) {
	if r != nil && id != "" {
		r.client.Store(&id)
	}
}

// Attrs are what the log says of the request that is answered in the context.
func Attrs(ctx context.Context) iter.Seq[slog.Attr] {
	return func(yield func(slog.Attr) bool) {
		r := RequestOf(ctx)
		if r == nil || !yield(slog.String("request_id", r.ID)) || !yield(slog.String("address", r.Address)) {
			return
		}
		if client := r.client.Load(); client != nil && !yield(slog.String("client", string(*client))) {
			return
		}
		if r.Trace.ID != "" && yield(slog.String("trace_id", r.Trace.ID)) {
			yield(slog.String("parent_id", r.Trace.Parent))
		}
	}
}

// Read returns what is known of a request before anything was done for it. Only a proxy of ours may say how it is called (X-Request-Id)
// and which trace it belongs to (traceparent): anybody else could make lines of the log look like those of another request. What is not
// well formed, or comes twice, is ignored.
func (a Addresses) Read(r *http.Request) *Request {
	read := &Request{ID: idp.NewID("req_"), Address: a.Of(r)}
	if !a.fromProxy(r) {
		return read
	}
	if id := only(r.Header, "X-Request-Id"); requestID.MatchString(id) {
		read.ID = id
	}
	read.Trace = readTrace(only(r.Header, "Traceparent"))
	return read
}

// requestID is a name that can stand in a line of a log, in a header and on a page as it is.
var requestID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$`)

// traceparent is the header of version 00, of which every later version keeps the beginning (section 4.3): version, trace, parent, flags.
var traceparent = regexp.MustCompile(`^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$`)

func readTrace(header string) Trace {
	const longest = 256
	if len(header) > longest {
		return Trace{}
	}
	parts := traceparent.FindStringSubmatch(header)
	switch {
	case parts == nil, parts[1] == "ff", parts[1] == "00" && parts[4] != "":
		return Trace{}
	case strings.Trim(parts[2], "0") == "", strings.Trim(parts[3], "0") == "":
		return Trace{}
	default:
		return Trace{ID: parts[2], Parent: parts[3]}
	}
}

// only is the header's value if it came once.
func only(header http.Header, name string) string {
	if values := header.Values(name); len(values) == 1 {
		return values[0]
	}
	return ""
}
