package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 59: a page whose name was made to lead to the demo (DNS rebinding) reads neither its codes nor its passwords.
func TestADemoAnswersToItsOwnNameOnly(t *testing.T) {
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	address := "http://" + d.Address()
	port := address[strings.LastIndex(address, ":"):]
	for _, path := range []string{"/demo/inbox", "/demo/inbox.json", "/demo/inbox/1", "/demo/codes.json", "/"} {
		for host, want := range map[string]int{
			strings.TrimPrefix(d.Manifest.Issuer, "http://"): http.StatusOK, "localhost" + port: http.StatusOK, "[::1]" + port: http.StatusOK,
			"evil.example" + port: http.StatusMisdirectedRequest, "127.0.0.1.evil.example": http.StatusMisdirectedRequest,
			"10.0.0.1" + port: http.StatusMisdirectedRequest,
		} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = host
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if path == "/demo/inbox/1" && want == http.StatusOK {
				want = http.StatusNotFound // nothing was sent yet
			}
			if response.StatusCode != want {
				t.Errorf("%s as %s: %d", path, host, response.StatusCode)
			}
		}
	}
}
