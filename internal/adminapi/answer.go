package adminapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/apscloud/apsid/internal/directory"
)

// Of is an answer with a body.
type Of[T any] struct{ Body T }

// Versioned is an answer about what can be edited.
type Versioned[T any] struct {
	ETag string `header:"ETag" doc:"The version, for If-Match."`
	Body T
}

// Created is an answer about what was just made.
type Created[T any] struct {
	Location string `header:"Location" doc:"Where it is."`
	ETag     string `header:"ETag" doc:"The version, for If-Match."`
	Body     T
}

// Listed is an answer with a page of a list.
type Listed[T any] struct {
	Link string `header:"Link" doc:"The next page, if there is one (RFC 8288)."`
	Body List[T]
}

// List is a page of a list.
type List[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// Paging asks for a page of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The most to list."`
	Cursor string `query:"cursor" maxLength:"2000" doc:"The next_cursor of the page before."`
}

func (p Paging) page() directory.Page { return directory.Page{After: p.Cursor, Limit: p.Limit} }

// listed makes a page of what was found.
func listed[From, To any](c call, found []From, next string, convert func(From) To) *Listed[To] {
	answer := &Listed[To]{Body: List[To]{Items: each(found, convert), NextCursor: next}}
	if next != "" {
		query := c.url.Query()
		query.Set("cursor", next)
		answer.Link = "<" + c.url.EscapedPath() + "?" + query.Encode() + `>; rel="next"`
	}
	return answer
}

// each converts a list; the result is never null.
func each[From, To any](found []From, convert func(From) To) []To {
	list := make([]To, 0, len(found))
	for _, one := range found {
		list = append(list, convert(one))
	}
	return list
}

// same returns a copy that is never null.
func same[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }

// Editing ties an edit to the version that the caller has read.
type Editing struct {
	IfMatch string `header:"If-Match" maxLength:"100"`
}

// versionParameter describes If-Match as needed. To the library it is not: it would answer a request without it like one with a
// mistake in it, and no client could tell that it has to read first (RFC 6585, section 3).
func versionParameter() *huma.Param {
	longest := 100
	return &huma.Param{
		Name: "If-Match", In: "header", Required: true, Description: "The ETag of what was read.", Example: `"3"`,
		Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
	}
}

// version is the version that the ETag stands for. "*" is refused: it would overwrite what the caller has not read.
func (e Editing) version() (int64, error) {
	text, quoted := strings.CutPrefix(e.IfMatch, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	switch {
	case e.IfMatch == "" || e.IfMatch == "*":
		return 0, problem("version_needed")
	case !quoted || !closed || err != nil || version < 1:
		return 0, problem("version_mismatch")
	default:
		return version, nil
	}
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// seconds writes a duration as the API shows it.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// refuse answers a request before its operation begins.
func (a *API) refuse(ctx huma.Context, err error) {
	_, w := humago.Unwrap(ctx)
	p := problemOf(err)
	a.note(ctx.Context(), ctx.Operation().OperationID, p, err)
	a.write(w, p)
}

// write answers with a problem.
func (a *API) write(w http.ResponseWriter, p *Problem) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // an error means that the caller has gone
}
