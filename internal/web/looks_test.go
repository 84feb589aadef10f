package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/idp"
)

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	picture.Set(0, 0, color.Black)
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func get(handler http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestLogosAreServedByTheirHashAlone(t *testing.T) {
	pages, _ := testPages(t)
	logo, err := brand.Logo(pngOf(t, 20, 10))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.LooksRoutes(mux, func(_ context.Context, id idp.ClientID) (idp.Client, error) {
		switch id {
		case "timesheets":
			return idp.Client{Registration: idp.Registration{ID: id, Logo: logo}}, nil
		case "plain":
			return idp.Client{Registration: idp.Registration{ID: id}}, nil
		case "broken":
			return idp.Client{}, errors.New("the store is away")
		default:
			return idp.Client{}, idp.ErrNotFound
		}
	})
	handler := Headers(true)(mux)
	address := NewLooks("timesheets", "Cloud Timesheets", "", logo).Logo
	w := get(handler, address, "Accept-Encoding", "gzip")
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), logo) {
		t.Fatalf("%s: %d, %d bytes", address, w.Code, w.Body.Len())
	}
	for name, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable",
		"Content-Security-Policy": strictPolicy + "; sandbox", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	hash := address[strings.LastIndex(address, "/")+1:]
	for path, status := range map[string]int{
		logoPrefix + "timesheets/0000000000000000": 404, logoPrefix + "timesheets/": 404, logoPrefix + "plain/" + hash: 404,
		logoPrefix + "nobody/" + hash: 404, logoPrefix + "plain/" + logoHash(nil): 404, logoPrefix + "broken/" + hash: 500,
	} {
		if w := get(handler, path); w.Code != status {
			t.Errorf("%s: %d, not %d", path, w.Code, status)
		}
	}
}

// Whoever writes an address chooses what stands in it: nothing but a colour that an app may have becomes a stylesheet.
func TestAnAccentBecomesAStylesheetOfNumbers(t *testing.T) {
	pages, _ := testPages(t)
	mux := http.NewServeMux()
	pages.LooksRoutes(mux, nil)
	w := get(mux, accentPrefix+"0b5761")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(w.Body.String(), "--app:#0b5761;") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, bad := range []string{"ffffff", "0B5761", "0b576", "red", "0b5761;}body{background:url(x)", "var(--bad)", "0b5761%0A"} {
		if w := get(mux, accentPrefix+url.PathEscape(bad)); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), ":root") {
			t.Errorf("%q: %d %s", bad, w.Code, w.Body)
		}
	}
}

// A registration of before there were rules, or one that a fault let through, can't break out of the page either.
func TestLooksOfAHostileRegistrationStayOutsideThePage(t *testing.T) {
	pages, _ := testPages(t)
	for _, accent := range []string{`"><script>alert(1)</script>`, "#0b5761;}*{color:red", "javascript:alert(1)", "../../evil"} {
		looks := NewLooks("timesheets", `<b onclick="x">`, accent, nil)
		if looks.Stylesheet != "" {
			t.Errorf("%q has a stylesheet %q", accent, looks.Stylesheet)
		}
		w := httptest.NewRecorder()
		pages.Render(w, httptest.NewRequest("GET", "/", nil), http.StatusOK, "error", Frame{
			Step: "x", Title: "X", Looks: &looks, Context: &Context{App: looks.Name}, Body: struct {
				Message, Reference, Detail string
				Link                       *Link
			}{Message: "m"},
		})
		body := w.Body.String()
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<b onclick") || strings.Contains(body, "color:red") || !strings.Contains(body, html.EscapeString(looks.Name)) {
			t.Errorf("%q: %s", accent, body)
		}
	}
}

func TestTheBrandTakesThePlaceOfOurName(t *testing.T) {
	config := Config{
		Brand: Brand{Name: "Ledger <Login>", Logo: pngOf(t, 600, 100)}, Support: Support{Name: "x"}, Logger: slog.New(slog.DiscardHandler),
		Issuer: &url.URL{Scheme: "https", Host: "id.example.com"},
	}
	pages, err := NewPages(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Start(Start{}))
	body := get(mux, "/").Body.String()
	address, err := pages.assets.Path(brandLogo)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"– Ledger &lt;Login&gt;</title>", "<b>Ledger &lt;Login&gt;</b>", `<img class="brand-logo" src="` + address + `" width="240" height="40" alt="">`, `type="image/png" href="` + address,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if strings.Contains(body, "APS ID") {
		t.Errorf("our own name is still there: %s", body)
	}
	if w := get(mux, address); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the logo: %d %v", w.Code, w.Header())
	}
	config.Brand.Logo = []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")
	if _, err := NewPages(config); err == nil || !strings.Contains(err.Error(), "SVG") {
		t.Errorf("an SVG as the logo of the brand: %v", err)
	}
}

func TestStaticFilesAreZippedForThoseThatTakeIt(t *testing.T) {
	pages, _ := testPages(t)
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Start(Start{}))
	address, err := pages.assets.Path("app.css")
	if err != nil {
		t.Fatal(err)
	}
	plain := get(mux, address)
	if plain.Header().Get("Content-Encoding") != "" || !strings.Contains(plain.Body.String(), "--accent:") {
		t.Fatalf("%v", plain.Header())
	}
	for accepts, zipped := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "gzip; q=0": false, "gzip;q=0.0": false, "br": false, "x-gzip-not": false} {
		w := get(mux, address, "Accept-Encoding", accepts)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != zipped || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accepts, w.Header())
		}
		if length := w.Header().Get("Content-Length"); length != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%q: %d bytes, said to be %s", accepts, w.Body.Len(), length)
		}
		if !zipped {
			continue
		}
		reader, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil || string(content) != plain.Body.String() {
			t.Errorf("%q: %d bytes, %v", accepts, len(content), err)
		}
	}
	if w := get(mux, address, "Accept-Encoding", "gzip", "Range", "bytes=0-9"); w.Code != http.StatusPartialContent || w.Header().Get("Content-Encoding") != "" || w.Body.Len() != 10 {
		t.Errorf("a part: %d %v", w.Code, w.Header())
	}
}

func TestInitialsOfApps(t *testing.T) {
	for name, want := range map[string]string{"Cloud Timesheets": "C", "  élan": "É", "+1 Ledger": "1", "📒 Book": "B", "✱": "?", "": "?", "李 Books": "李"} {
		if got := NewLooks("x", name, "", nil).Initial; got != want {
			t.Errorf("%q has %q, not %q", name, got, want)
		}
	}
}
