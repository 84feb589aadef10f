package reference_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/reference"
)

// document is the committed document, which a test of package adminapi holds to be that of the code.
const document = "../../../deploy/docs/openapi.json"

func show(t *testing.T, text []byte) *httptest.ResponseRecorder {
	t.Helper()
	pages, err := web.NewPages(web.Config{
		Support: web.Support{Name: "APS support"}, Logger: slog.New(slog.DiscardHandler), Issuer: &url.URL{Scheme: "https", Host: "id.aps.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	surface, err := reference.New(reference.Config{Path: "/api/docs", Pages: pages, Document: func() ([]byte, error) { return text, nil }, Source: "/api/v1/openapi.json"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	surface.Routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/docs", nil))
	return w
}

// Every operation, parameter, schema and member of the document stands on the page, every link of the page leads somewhere on it, and
// it needs nothing but its own style and script.
func TestThePageSaysWhatTheDocumentSays(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string
			Summary     string
			Parameters  []struct{ Name string }
			Responses   map[string]any
			RequestBody map[string]any
		}
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	w := show(t, text)
	root, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	ids, sections := map[string]bool{}, map[string]string{}
	for node := range root.Descendants() {
		if id := attribute(node, "id"); id != "" {
			if ids[id] {
				t.Errorf("two have the identifier %s", id)
			}
			ids[id] = true
		}
		if node.Data == "article" {
			sections[attribute(node, "aria-labelledby")] = words(node)
		}
	}
	has := func(section string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(sections[section], part) {
				t.Errorf("%s lacks %q:\n%s", section, part, sections[section])
			}
		}
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			has(o.OperationID, o.Summary, strings.ToUpper(method), path)
			for _, p := range o.Parameters {
				has(o.OperationID, p.Name)
			}
			for status := range o.Responses {
				has(o.OperationID, status)
			}
			if o.RequestBody != nil {
				has(o.OperationID, "as JSON")
			}
		}
	}
	for name, s := range d.Components.Schemas {
		for member := range s.Properties {
			has("schema-"+name, member)
		}
	}
	for node := range root.Descendants() {
		address := attribute(node, "href") + attribute(node, "src")
		if target, ok := strings.CutPrefix(address, "#"); ok && !ids[target] {
			t.Errorf("a link leads to #%s, which is not there", target)
		}
		if strings.Contains(address, "//") || attribute(node, "style") != "" {
			t.Errorf("<%s> needs %s, or has a style of its own", node.Data, address)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;") || strings.Contains(policy, "connect-src") {
		t.Error(policy)
	}
}

func TestADocumentIsTextAndNoMarkup(t *testing.T) { // ABUSE 37
	w := show(t, []byte(`{"info":{"title":"<script>a</script>","description":"a `+"`b`"+` <img src=x>"},"paths":{"/x":{"get":{"operationId":"x","summary":"<b>"}}}}`))
	if body := w.Body.String(); strings.Contains(body, "<script>a") || strings.Contains(body, "<img src=x") || !strings.Contains(body, "<code>b</code>") {
		t.Error(body)
	}
	if w := show(t, []byte("no")); w.Code != http.StatusInternalServerError {
		t.Errorf("a document that is none: %d", w.Code)
	}
	if _, err := reference.New(reference.Config{Path: "/", Source: "/", Pages: new(web.Pages)}); err == nil {
		t.Error("no document")
	}
}

func attribute(node *html.Node, name string) string {
	for _, each := range node.Attr {
		if each.Key == name {
			return each.Val
		}
	}
	return ""
}

func words(node *html.Node) string {
	var text strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}
