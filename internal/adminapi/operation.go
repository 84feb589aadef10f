package adminapi

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/apscloud/apsid/internal/policy"
)

// operation is what the document says of one operation, and what is asked of its callers. What a command is called, what it does
// and who may give it stands in its description in package policy.
type operation struct {
	id      string         // of a command: its name, if left out
	command policy.Command // "" for one that changes nothing
	method  string
	path    string // below Prefix
	tag     string
	scope   Scope
	summary string // of a command: that of its description, if left out; so is about
	about   string
	status  int     // of success; 0: 200, or 204 without a body
	person  bool    // only people, no integrations; a command's description says so itself
	edits   bool    // what is edited must be the version that was read
	refers  bool    // its body or query names something that may not be there; what is named in the path goes without saying
	once    string  // the member of the answer that is shown once, and never again
	example example // of the body; nil: there is none
}

// changes reports whether the operation is unsafe (RFC 9110, section 9.2.1).
func (o operation) changes() bool { return o.method != http.MethodGet }

// register adds an operation to the document and the mux. handle's errors are answered by problemOf.
func register[I, O any](a *API, o operation, handle func(context.Context, call, *I) (*O, error)) {
	o = o.described()
	a.operations[o.id] = o
	huma.Register(a.api, o.document(), func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, callIn(ctx), in)
		if err != nil {
			return nil, a.answerTo(ctx, o, err)
		}
		return out, nil
	})
}

// described fills in what the description of the command says.
func (o operation) described() operation {
	if o.command == "" {
		return o
	}
	d := policy.Describe(o.command)
	o.id, o.summary, o.about = cmp.Or(o.id, string(d.Command)), cmp.Or(o.summary, d.Summary), cmp.Or(o.about, d.About)
	o.person = o.person || d.PeopleOnly()
	return o
}

// answerTo maps the error of a handler. A caller whose edit meets a newer version is told to read it again.
func (a *API) answerTo(ctx context.Context, o operation, err error) error {
	p := problemOf(err)
	if o.edits && p.Status == http.StatusConflict && len(p.Errors) == 0 {
		p = problem("version_mismatch").say(p.Detail)
	}
	a.note(ctx, o.id, p, err)
	return p
}

// note logs errors that are the provider's own fault.
func (a *API) note(ctx context.Context, id string, p *Problem, err error) {
	if p.Status >= http.StatusInternalServerError {
		a.deps.Log.ErrorContext(ctx, "management API failed", "operation", id, "error", err)
	}
}

// document is what OpenAPI says of the operation.
func (o operation) document() huma.Operation {
	d := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.describe(),
		DefaultStatus: o.status, MaxBodyBytes: maxBody + 1, RejectUnknownQueryParameters: true,
		Security:  []map[string][]string{{schemeName: {string(o.scope)}}},
		Responses: map[string]*huma.Response{},
	}
	for _, status := range o.refusals() {
		d.Responses[strconv.Itoa(status)] = &huma.Response{Ref: refusalRef}
	}
	if o.changes() {
		d.Parameters = append(d.Parameters, keyParameter())
	}
	if o.edits {
		d.Parameters = append(d.Parameters, versionParameter())
	}
	if o.example != nil {
		d.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{mediaJSON: {Example: map[string]any(o.example)}}}
	}
	return d
}

// refusals lists the statuses of problems.
func (o operation) refusals() []int {
	all := []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if o.refers || strings.Contains(o.path, "{") {
		all = append(all, http.StatusNotFound)
	}
	if o.changes() {
		all = append(all, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if o.edits {
		all = append(all, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	return all
}

func (o operation) describe() string {
	text := o.about
	add := func(more string) {
		if text != "" {
			text += "\n\n"
		}
		text += more
	}
	if o.person {
		add("Only people can do this, not integrations.")
	}
	if policy.Describe(o.command).Proofs != policy.AnySession {
		add("A person must have signed in with MFA within the last 15 minutes; otherwise the answer is 401 with `insufficient_user_authentication` (RFC 9470).")
	}
	if o.once != "" {
		add("`" + o.once + "` is shown in this answer only. A replay by Idempotency-Key leaves it out.")
	}
	return text
}
