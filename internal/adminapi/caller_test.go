package adminapi_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem is the body of a refusal.
type problem struct {
	Type, Title, Detail string
	Status              int
	Errors              []fieldProblem
}

type fieldProblem struct{ Pointer, Parameter, Detail string }

func (a answer) problem(t *testing.T) problem {
	t.Helper()
	var p problem
	if media := a.header.Get("Content-Type"); media != "application/problem+json" {
		t.Errorf("%d as %q: %s", a.status, media, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Status != a.status || !strings.HasPrefix(p.Type, "urn:aps:problem:") || p.Title == "" {
		t.Errorf("%d is not a problem: %s (%v)", a.status, a.body, err)
	}
	return p
}

// kind is the last part of the problem's type.
func (a answer) kind(t *testing.T) string {
	t.Helper()
	return strings.TrimPrefix(a.problem(t).Type, "urn:aps:problem:")
}

// ask makes a call; headers come in pairs.
func (w *world) ask(method, path, token, body string, headers ...string) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.issuer+"/api/v1"+path, strings.NewReader(body))
	must(w.t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	must(w.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	must(w.t, err)
	if response.Header.Get("Cache-Control") != "no-store" && !strings.HasSuffix(path, "openapi.json") {
		w.t.Errorf("%s %s may be kept: %q", method, path, response.Header.Get("Cache-Control"))
	}
	if cors := response.Header.Get("Access-Control-Allow-Origin"); cors != "" {
		w.t.Errorf("%s %s is open to scripts of %q", method, path, cors)
	}
	w.documented(method, path, response.StatusCode)
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

// documented holds that the document names the status that an operation was answered with.
func (w *world) documented(method, path string, status int) {
	w.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	for _, r := range w.routes {
		if _, found := r.Responses[strconv.Itoa(status)]; r.method == method && r.matches(path) && !found {
			w.t.Errorf("%s is answered with %d, and the document does not say so", r.ID, status)
		}
	}
}

func decode(t *testing.T, part string) []byte {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	must(t, err)
	return text
}
