package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apscloud/apsid/internal/config"
)

// Browsers learn from a node on which pages the passkeys of its domain may be used; of one at an IP address they have none.
func TestRelatedOrigins(t *testing.T) {
	t.Parallel()
	for issuer, c := range map[string]struct {
		origins []string
		want    string
		status  int
	}{
		"http://localhost:8080": {[]string{"http://localhost:8081", "https://a.example.com.au"}, `{"origins":["http://localhost:8080","http://localhost:8081","https://a.example.com.au"]}`, http.StatusOK},
		"http://127.0.0.1:8080": {nil, "", http.StatusNotFound},
	} {
		node := running(t, nodeOf(t, issuer, func(s *config.Server) { s.Passkeys.Origins = c.origins }))
		w := httptest.NewRecorder()
		node.ServeHTTP(w, httptest.NewRequest(http.MethodGet, issuer+"/.well-known/webauthn", nil))
		if w.Code != c.status || c.want != "" && (w.Body.String() != c.want || w.Header().Get("Content-Type") != "application/json") {
			t.Errorf("%s: %d %s %s", issuer, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}
