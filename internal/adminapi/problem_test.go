package adminapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Each code has its answer; a cause, and whatever has no code, stays in the log.
func TestProblemsOfErrors(t *testing.T) {
	cause := errors.New("pq: password authentication failed for 10.0.0.1")
	for name, c := range map[string]struct {
		err    error
		kind   string
		status int
	}{
		"invalid":     {idp.Invalid("name", "must not be empty"), "invalid", http.StatusUnprocessableEntity},
		"not found":   {idp.Wrap(idp.CodeNotFound, cause), "not_found", http.StatusNotFound},
		"conflict":    {&idp.Error{Code: idp.CodeConflict, Field: "username", Public: "is taken", Cause: cause}, "conflict", http.StatusConflict},
		"used":        {idp.ErrUsed, "conflict", http.StatusConflict},
		"forbidden":   {&idp.Error{Code: idp.CodeForbidden, Public: "No.", Cause: cause}, "forbidden", http.StatusForbidden},
		"busy":        {idp.Busy(1500 * time.Millisecond), "busy", http.StatusTooManyRequests},
		"unavailable": {idp.Wrap(idp.CodeUnavailable, cause), "unavailable", http.StatusServiceUnavailable},
		"internal":    {&idp.Error{Code: idp.CodeInternal, Public: "secret", Cause: cause}, "internal", http.StatusInternalServerError},
		"unknown":     {cause, "internal", http.StatusInternalServerError},
		"wrapped":     {fmt.Errorf("more: %w", problem("key_reused")), "key_reused", http.StatusUnprocessableEntity},
		"no such":     {problem("of no kind"), "internal", http.StatusInternalServerError},
	} {
		p := problemOf(c.err)
		if p.Type != problemTypes+c.kind || p.Status != c.status || p.Title == "" {
			t.Errorf("%s: %+v", name, p)
		}
		if text := p.Error() + fmt.Sprint(p.Errors); strings.Contains(text, "10.0.0.1") || strings.Contains(text, "secret") {
			t.Errorf("%s says %s", name, text)
		}
		if waits := p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable; waits != (p.header.Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After %q", name, p.header.Get("Retry-After"))
		}
	}
	if after := problemOf(idp.Busy(1500 * time.Millisecond)).header.Get("Retry-After"); after != "2" {
		t.Errorf("one and a half seconds are %s", after)
	}
}

func TestPointersOfTheLibrary(t *testing.T) {
	for location, want := range map[string]FieldProblem{
		"body":                   {},
		"body.redirect_uris[12]": {Pointer: "/redirect_uris/12"},
		"body.a/b":               {Pointer: "/a~1b"},
		"query.limit":            {Parameter: "limit"},
		"header.If-Match":        {Parameter: "If-Match"},
		"path.user":              {Parameter: "user"},
	} {
		if got := located(location, ""); got != want {
			t.Errorf("%s: %+v", location, got)
		}
	}
}
