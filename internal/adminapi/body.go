package adminapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	maxBody     = 64 << 10 // bytes of a request
	maxProblems = 20       // that one answer lists
)

// inner is huma.Context under another name: embedded as Context, it would hide its own method Context.
type inner huma.Context

// withBody is a request whose body was read.
type withBody struct {
	inner
	body []byte
}

// Unwrap returns the request below.
func (b withBody) Unwrap() huma.Context { return b.inner }

// BodyReader implements huma.Context.
func (b withBody) BodyReader() io.Reader { return bytes.NewReader(b.body) }

// wellFormed reads the body and refuses what the library would let pass: members that are given twice or in capitals, control
// characters, a body where none is taken, parameters that are given twice (ABUSE 34, 38).
func (a *API) wellFormed(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	takes := ctx.Operation().RequestBody
	body, err := readBody(r, takes != nil)
	if err == nil {
		err = checkURL(r.URL)
	}
	if err == nil && takes != nil {
		body, err = a.withoutNulls(takes.Content[mediaJSON].Schema, body)
	}
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	next(withBody{inner: ctx, body: body})
}

// withoutNulls returns a body in which a value that no schema of ours takes stands for each null that the schema does not take. The
// library lets a null pass for every member that may be left out; of the other value it says, at its place, what it should be.
func (a *API) withoutNulls(schema *huma.Schema, body []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if !a.replaceNulls(schema, value) {
		return body, nil
	}
	return json.Marshal(value)
}

// replaceNulls reports whether it replaced any.
func (a *API) replaceNulls(schema *huma.Schema, value any) (replaced bool) {
	members, isObject := value.(map[string]any)
	if schema.Ref != "" {
		schema = a.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if !isObject {
		return false
	}
	for name, member := range members {
		known := schema.Properties[name]
		switch {
		case known == nil: // is refused for its name
		case member == nil && !known.Nullable:
			members[name], replaced = map[string]any{}, true
		default:
			replaced = a.replaceNulls(known, member) || replaced
		}
	}
	return replaced
}

// readBody returns the body of a request; takes says whether the operation has one at all.
func readBody(r *http.Request, takes bool) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	var tooLarge *http.MaxBytesError
	switch {
	case len(body) > maxBody || errors.As(err, &tooLarge):
		return nil, problem("too_large").say(fmt.Sprintf("At most %d bytes are read.", maxBody))
	case err != nil:
		return nil, problem("malformed").say("The body ended early.")
	case len(body) == 0 && takes:
		return nil, problem("invalid").say("A body is needed.")
	case len(body) == 0:
		return nil, nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != mediaJSON {
		return nil, problem("media_type")
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, problem("malformed").say("The body is not JSON.")
	}
	if !takes {
		return nil, checkNothing(body)
	}
	return body, checkJSON(body)
}

// checkNothing refuses a body where none is taken. {} is let through, as it holds nothing.
func checkNothing(body []byte) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || len(members) > 0 {
		return problem("invalid").say("No body is taken here.")
	}
	return nil
}

// checkURL refuses paths that can name nothing, before they reach the audit trail, and parameters that come twice or hold
// control characters.
func checkURL(u *url.URL) error {
	if hasControl(u.Path) || strings.Contains(u.Path, "\n") || !utf8.ValidString(u.Path) {
		return problem("not_found")
	}
	for name, values := range u.Query() {
		switch {
		case len(values) > 1:
			return problem("invalid").about(FieldProblem{Parameter: printable(name), Detail: "is given more than once"})
		case hasControl(name+values[0]) || strings.Contains(values[0], "\n"):
			return problem("invalid").about(FieldProblem{Parameter: printable(name), Detail: errControl})
		}
	}
	return nil
}

// checkJSON goes through valid JSON token by token: the usual decoding takes the last of two members of one name, and a name in
// any case.
func checkJSON(body []byte) error {
	w := walker{decoder: json.NewDecoder(bytes.NewReader(body))}
	w.decoder.UseNumber()
	w.value("")
	if len(w.found) == 0 {
		return nil
	}
	p := problem("invalid")
	p.Errors = w.found
	return p
}

const errControl = "must not hold control characters"

// walker collects what is wrong in a JSON text.
type walker struct {
	decoder *json.Decoder
	found   []FieldProblem
}

func (w *walker) report(pointer, detail string) {
	if len(w.found) < maxProblems {
		w.found = append(w.found, FieldProblem{Pointer: printable(pointer), Detail: detail})
	}
}

// value reads one value. The text is valid, so tokens come without errors.
func (w *walker) value(pointer string) {
	token, _ := w.decoder.Token()
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			w.object(pointer)
		} else {
			w.array(pointer)
		}
	case string:
		if hasControl(t) {
			w.report(pointer, errControl)
		}
	}
}

func (w *walker) object(pointer string) {
	seen := map[string]bool{}
	for w.decoder.More() {
		token, _ := w.decoder.Token()
		name, _ := token.(string)
		at := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		switch {
		case seen[name]:
			w.report(at, "is given more than once")
		case name != strings.ToLower(name) || hasControl(name) || strings.Contains(name, "\n"):
			w.report(at, "unexpected property")
		}
		seen[name] = true
		w.value(at)
	}
	_, _ = w.decoder.Token() // }
}

func (w *walker) array(pointer string) {
	for i := 0; w.decoder.More(); i++ {
		w.value(fmt.Sprintf("%s/%d", pointer, i))
	}
	_, _ = w.decoder.Token() // ]
}

// hasControl reports characters that could break a page, a log or a terminal. A line feed is let through: package directory knows
// which texts have lines.
func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	})
}

// printable returns text from outside in a form that may be sent back.
func printable(text string) string {
	const longest = 200
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, text)
	if len(clean) <= longest {
		return clean
	}
	return strings.ToValidUTF8(clean[:longest], "")
}
