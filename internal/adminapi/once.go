package adminapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	keyHeader    = "Idempotency-Key"
	replayHeader = "Idempotency-Replayed"
	maxKey       = 255 // bytes

	// claimFor is longer than any request may take: a node that died does not keep the key for ever.
	claimFor = time.Minute
	// replayFor is how long the answer is kept.
	replayFor = 24 * time.Hour
)

func keyParameter() *huma.Param {
	longest := maxKey
	return &huma.Param{
		Name: keyHeader, In: "header",
		Description: "A name of your choice for this request, such as a UUID. When it is sent again within 24 hours, with the same key, by the same caller, the answer is given again and nothing is done twice.",
		Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
	}
}

// once carries out a request with an Idempotency-Key a single time: later ones get the answer of the first. Only what succeeded
// is remembered, for what was refused changed nothing.
func (a *API) once(ctx huma.Context, next func(huma.Context)) {
	o := a.operations[ctx.Operation().OperationID]
	r, _ := humago.Unwrap(ctx)
	keys := r.Header.Values(keyHeader)
	if !o.changes() || len(keys) == 0 {
		next(ctx)
		return
	}
	name, err := keyName(callIn(ctx.Context()), keys)
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	claim := idp.NewID("clm_")
	answer, err := a.deps.Answers.Claim(ctx.Context(), name, fingerprint(ctx, r), claim, claimFor)
	switch {
	case errors.Is(err, idp.ErrInvalid):
		a.refuse(ctx, problem("key_reused"))
	case errors.Is(err, idp.ErrConflict):
		a.refuse(ctx, problem("key_in_use").with("Retry-After", "1"))
	case err != nil:
		a.refuse(ctx, err)
	case answer != nil:
		a.replay(ctx, answer)
	default:
		a.carryOut(ctx, next, o, name, claim)
	}
}

// carryOut runs the operation, and remembers its answer before it is sent.
func (a *API) carryOut(ctx huma.Context, next func(huma.Context), o operation, name, claim string) {
	done := context.WithoutCancel(ctx.Context()) // even if the caller has gone: what was carried out is remembered
	kept := false
	defer func() {
		if kept {
			return
		}
		if err := a.deps.Answers.Release(done, name, claim); err != nil {
			a.deps.Log.WarnContext(done, "idempotency key not given back", "operation", o.id, "error", err)
		}
	}()
	answer := &recorder{inner: ctx, header: http.Header{}}
	next(answer)
	if answer.status >= 200 && answer.status < 300 {
		text, err := answer.remember(o.once)
		if err == nil {
			err = a.deps.Answers.Finish(done, name, claim, text, replayFor)
		}
		kept = err == nil
		if err != nil {
			a.deps.Log.WarnContext(done, "answer not remembered for its idempotency key", "operation", o.id, "error", err)
		}
	}
	answer.send()
}

// keyName returns the name of the key for this caller. The same key from another caller has another name.
func keyName(c call, keys []string) (string, error) {
	key := strings.Trim(keys[0], `"`)
	if len(keys) > 1 || key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' }) {
		return "", problem("invalid").about(FieldProblem{Parameter: keyHeader, Detail: "must be 1 to 255 printable characters, without spaces, given once"})
	}
	return idp.HashToken(string(c.Kind) + "\x00" + c.ID + "\x00" + key), nil
}

// fingerprint tells one request from another.
func fingerprint(ctx huma.Context, r *http.Request) string {
	body, _ := io.ReadAll(ctx.BodyReader()) // from memory
	parts := []string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("If-Match"), string(body)}
	return idp.HashToken(strings.Join(parts, "\x00"))
}

// remembered is an answer as it is kept.
type remembered struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body,omitempty"`
}

func (a *API) replay(ctx huma.Context, answer []byte) {
	var r remembered
	if err := json.Unmarshal(answer, &r); err != nil {
		a.refuse(ctx, idp.Wrap(idp.CodeInternal, err))
		return
	}
	_, w := humago.Unwrap(ctx)
	for name, values := range r.Header {
		w.Header()[textproto.CanonicalMIMEHeaderKey(name)] = values
	}
	w.Header().Set(replayHeader, "true")
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) // an error means that the caller has gone
}

// recorder holds an answer back until it is remembered.
type recorder struct {
	inner
	status int
	header http.Header
	body   bytes.Buffer
}

// Unwrap returns the request below.
func (r *recorder) Unwrap() huma.Context { return r.inner }

// SetStatus implements huma.Context.
func (r *recorder) SetStatus(code int) { r.status = code }

// Status implements huma.Context.
func (r *recorder) Status() int { return r.status }

// SetHeader implements huma.Context.
func (r *recorder) SetHeader(name, value string) { r.header.Set(name, value) }

// AppendHeader implements huma.Context.
func (r *recorder) AppendHeader(name, value string) { r.header.Add(name, value) }

// BodyWriter implements huma.Context.
func (r *recorder) BodyWriter() io.Writer { return &r.body }

// remember returns the answer as it is kept, without the member that is shown once.
func (r *recorder) remember(once string) ([]byte, error) {
	kept := remembered{Status: r.status, Header: r.header, Body: r.body.Bytes()}
	if once != "" {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(kept.Body, &members); err != nil {
			return nil, err
		}
		delete(members, once)
		body, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		kept.Body = body
	}
	return json.Marshal(kept)
}

// send sends the answer that was held back.
func (r *recorder) send() {
	for name, values := range r.header {
		for _, value := range values {
			r.inner.AppendHeader(name, value)
		}
	}
	r.inner.SetStatus(r.status)
	_, _ = r.inner.BodyWriter().Write(r.body.Bytes()) // an error means that the caller has gone
}
