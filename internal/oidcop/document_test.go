package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// What is the same for every caller has a strong tag and a length, and is not sent again to a caller that has it (RFC 9110, sections 9.3.2
// and 13.1.2).
func TestDocumentsAreAskedForAgainByTheirTag(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"} {
		ask := func(method, condition string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, http.NoBody)
			if condition != "" {
				r.Header.Set("If-None-Match", condition)
			}
			return h.do(r)
		}
		whole := ask(http.MethodGet, "")
		tag := whole.Header().Get("ETag")
		if whole.Code != http.StatusOK || len(tag) < 10 || tag[0] != '"' || whole.Header().Get("Content-Length") != strconv.Itoa(whole.Body.Len()) {
			t.Fatalf("%s: %d %v for %d bytes", path, whole.Code, whole.Header(), whole.Body.Len())
		}
		for condition, want := range map[string]int{
			tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, tag[1 : len(tag)-1]: 200, tag + "x": 200, ",": 200,
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				got := ask(method, condition)
				if got.Code != want || want == 304 && got.Body.Len() > 0 {
					t.Errorf("%s %s with %s: %d with %d bytes", method, path, condition, got.Code, got.Body.Len())
				}
				if got.Header().Get("ETag") != tag || got.Header().Get("Cache-Control") != whole.Header().Get("Cache-Control") || got.Header().Get("Access-Control-Allow-Origin") != "*" {
					t.Errorf("%s %s with %s: %v", method, path, condition, got.Header())
				}
			}
		}
	}
}
