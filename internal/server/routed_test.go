package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// The metrics name a request by the pattern of its route, whatever layers it passes, and never by its path, which names people and
// sign-ins.
func TestEveryLayerLeavesTheRouteToTheMetrics(t *testing.T) {
	c := testworld.Config(t)
	stores()["Postgres and Redis"](t, &c) // two nodes share them
	d, _ := start(t, c, &testenv.Clock{})
	node, err := secondNode(t, d)
	if err != nil {
		t.Fatal(err)
	}
	for path, line := range map[string]string{
		"/authorize":             `{method="GET",route="GET /authorize",status="400"}`,
		"/signin/a/b/password":   `{method="GET",route="GET /signin/{client}/{tx}/{step}",status="404"}`,
		"/.well-known/jwks.json": `{method="GET",route="/.well-known/jwks.json",status="200"}`,
		"/oauth/token":           `{method="GET",route="/oauth/token",status="405"}`,
		"/nowhere":               `{method="GET",route="/",status="404"}`,
	} {
		node.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		wantMetric(t, node, "apsid_http_request_duration_seconds_count"+line+" 1")
	}
}
