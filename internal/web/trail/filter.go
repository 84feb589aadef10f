package trail

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
)

// filter is which part of the activity a visitor looks at.
type filter struct {
	user        idp.UserID
	person      string // as typed: a part of a name or an address
	kind        string
	result      idp.Result
	from, until string // days, as typed
	after       string
}

// longest is more than any identifier, cursor or name in an address has, in bytes.
const longest = 300

// read reads it from an address. Errors: idp.CodeInvalid for what no page of ours leads to.
func read(r *http.Request) (filter, error) {
	q := r.URL.Query()
	f := filter{
		user: idp.UserID(q.Get("user")), person: strings.TrimSpace(q.Get("person")), kind: q.Get("type"), result: idp.Result(q.Get("result")),
		from: q.Get("from"), until: q.Get("until"), after: q.Get("after"),
	}
	all := string(f.user) + f.person + f.after
	switch {
	case f.kind != "" && !activity.IsType(f.kind):
		return f, idp.Invalid("type", "There is no such filter.")
	case f.result != "" && f.result != idp.ResultSuccess && f.result != idp.ResultFailure:
		return f, idp.Invalid("result", "There is no such filter.")
	case len(all) > longest || !utf8.ValidString(all) || strings.ContainsFunc(all, unicode.IsControl):
		return f, idp.Invalid("user", "There is no such filter.")
	}
	return f, nil
}

// query is the filter as package directory takes it. Errors: idp.CodeInvalid with field "from" or "until".
func (f filter) query(v door.Visitor) (directory.EventQuery, error) {
	q := directory.EventQuery{UserID: f.user, Type: idp.EventType(f.kind), Result: f.result}
	var err error
	if q.From, err = kit.Day("from", f.from, v.Zone()); err != nil {
		return q, err
	}
	if q.Until, err = kit.Day("until", f.until, v.Zone()); err != nil {
		return q, err
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1) // that day too
		if !q.From.Before(q.Until) {
			return q, idp.Invalid("until", "The last day must not be before the first.")
		}
	}
	return q, nil
}

// at is the address of what the filter shows.
func (f filter) at(path string) string {
	query := url.Values{}
	for name, value := range map[string]string{
		"user": string(f.user), "type": f.kind, "result": string(f.result), "from": f.from, "until": f.until, "after": f.after,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// page is the filter at another page of its list; "" is the first.
func (f filter) page(after string) filter {
	f.after = after
	return f
}
