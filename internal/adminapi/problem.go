package adminapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// problemTypes begins the type of every problem: a name that never changes, and no address.
const problemTypes = "urn:aps:problem:"

// Problem is the answer to a request that was not carried out (RFC 9457).
type Problem struct {
	Type   string         `json:"type" format:"uri" example:"urn:aps:problem:invalid" doc:"Names the kind of problem; it never changes."`
	Title  string         `json:"title" example:"The request can’t be carried out as it is." doc:"The same for every problem of the type."`
	Status int            `json:"status" example:"422" doc:"The HTTP status."`
	Detail string         `json:"detail,omitempty" doc:"What is wrong this time, in words for people."`
	Errors []FieldProblem `json:"errors,omitempty" nullable:"false" doc:"What is wrong with each field."`

	header http.Header
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Pointer   string `json:"pointer,omitempty" example:"/redirect_uris/0" doc:"Where in the body (JSON Pointer, RFC 6901)."`
	Parameter string `json:"parameter,omitempty" example:"limit" doc:"Or which parameter of the path, the query or the header."`
	Detail    string `json:"detail" doc:"What is wrong with it."`
}

var _ huma.StatusError = (*Problem)(nil)

// Error describes the problem.
func (p *Problem) Error() string { return p.Type + ": " + p.Title + " " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return mediaProblem }

// with adds a header to the answer.
func (p *Problem) with(name, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// about adds what is wrong with one field.
func (p *Problem) about(field FieldProblem) *Problem {
	p.Errors = append(p.Errors, field)
	return p
}

// say adds what is wrong this time.
func (p *Problem) say(detail string) *Problem {
	p.Detail = detail
	return p
}

// problem returns a problem of this type, with the text of that type.
func problem(kind string) *Problem {
	known := map[string]struct {
		status int
		title  string
	}{
		"malformed":          {http.StatusBadRequest, "The request can’t be read."},
		"token_missing":      {http.StatusUnauthorized, "Send an access token as a Bearer token in the Authorization header."},
		"token_invalid":      {http.StatusUnauthorized, "The access token is not valid here."},
		"proofs_needed":      {http.StatusUnauthorized, "The person has to sign in again, with MFA, for this."},
		"scope_missing":      {http.StatusForbidden, "The access token is not for this."},
		"person_needed":      {http.StatusForbidden, "Only a person can do this, not an integration."},
		"forbidden":          {http.StatusForbidden, "You may not do this."},
		"not_found":          {http.StatusNotFound, "There is nothing of this name."},
		"method_not_allowed": {http.StatusMethodNotAllowed, "This can’t be done here."},
		"conflict":           {http.StatusConflict, "This doesn’t fit what is there now."},
		"key_in_use":         {http.StatusConflict, "A request with this Idempotency-Key is being carried out."},
		"version_mismatch":   {http.StatusPreconditionFailed, "It was changed since you read it. Read it again."},
		"too_large":          {http.StatusRequestEntityTooLarge, "The body is too large."},
		"media_type":         {http.StatusUnsupportedMediaType, "Send application/json."},
		"invalid":            {http.StatusUnprocessableEntity, "The request can’t be carried out as it is."},
		"key_reused":         {http.StatusUnprocessableEntity, "This Idempotency-Key was used for another request."},
		"version_needed":     {http.StatusPreconditionRequired, "Send the ETag of what you read in If-Match."},
		"busy":               {http.StatusTooManyRequests, "Too many requests. Try again a little later."},
		"unavailable":        {http.StatusServiceUnavailable, "Try again shortly."},
		"internal":           {http.StatusInternalServerError, "Something went wrong."},
	}
	entry, found := known[kind]
	if !found {
		entry, kind = known["internal"], "internal"
	}
	return &Problem{Type: problemTypes + kind, Title: entry.title, Status: entry.status}
}

// problemOf is the one mapper of errors. For an unknown error it tells nothing of the cause.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var stale *policy.StaleProofError
	if errors.As(err, &stale) {
		return proofsNeeded(stale.Proofs)
	}
	var e *idp.Error
	if !errors.As(err, &e) {
		return problem("internal")
	}
	switch e.Code {
	case idp.CodeInvalid:
		return fieldProblem("invalid", e)
	case idp.CodeNotFound:
		return problem("not_found").say(e.Public)
	case idp.CodeConflict, idp.CodeUsed:
		return fieldProblem("conflict", e)
	case idp.CodeForbidden:
		return problem("forbidden").say(e.Public)
	case idp.CodeBusy:
		return problem("busy").say(e.Public).with("Retry-After", retryAfter(e))
	case idp.CodeUnavailable:
		return problem("unavailable").with("Retry-After", retryAfter(e))
	default:
		return problem("internal")
	}
}

func fieldProblem(kind string, e *idp.Error) *Problem {
	if e.Field == "" {
		return problem(kind).say(e.Public)
	}
	p := problem(kind).about(FieldProblem{Pointer: "/" + e.Field, Detail: e.Public})
	for _, other := range e.Also {
		p.about(FieldProblem{Pointer: "/" + other.Field, Detail: other.Public})
	}
	return p
}

// retryAfter is in seconds, rounded up, and at least 1.
func retryAfter(e *idp.Error) string {
	return strconv.Itoa(max(int(math.Ceil(e.RetryAfter.Seconds())), 1))
}

// unified turns the library's own errors into ours. It drops the values that it would send back: what was sent by mistake may
// be a secret.
func unified(_ huma.Context, _ string, body any) (any, error) {
	e, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := problem(kindOf(e.Status))
	p.Status = e.Status
	for _, each := range e.Errors {
		if each != nil {
			p = p.about(located(each.Location, each.Message))
		}
	}
	return p, nil
}

func kindOf(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusRequestTimeout:
		return "malformed"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusUnsupportedMediaType:
		return "media_type"
	case http.StatusUnprocessableEntity:
		return "invalid"
	default:
		return "internal"
	}
}

// located turns "body.redirect_uris[0]" into a pointer and "query.limit" into a parameter.
func located(location, message string) FieldProblem {
	place, rest, _ := strings.Cut(location, ".")
	if name := missing(message); name != "" && place == "body" {
		rest = strings.TrimPrefix(rest+"."+name, ".")
	}
	if place != "body" {
		return FieldProblem{Parameter: rest, Detail: message}
	}
	if rest == "" {
		return FieldProblem{Detail: message}
	}
	steps := strings.NewReplacer("~", "~0", "/", "~1", ".", "/", "[", "/", "]", "").Replace(rest)
	return FieldProblem{Pointer: "/" + steps, Detail: message}
}

// missing is the name of the property that the message of the library says is missing; "" if it says something else. The library's
// location is that of the object.
func missing(message string) string {
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	name, begins := strings.CutPrefix(message, before)
	name, ends := strings.CutSuffix(name, after)
	if !begins || !ends {
		return ""
	}
	return name
}
