package browsertest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/internal/web"
)

// scale is how many pixels of the page, in each direction, are one of the pictures that are kept.
const scale = 2

var update = flag.Bool("update", false, "write the pictures of the style page anew")

// The components look as they did: each of them in each state, in both lights. Where that was wanted, look at the new pictures and
// write them: go test ./internal/browsertest -run ComponentsLook -update
func TestTheComponentsLookAsTheyDid(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t).Browser(t)
	b.Open(stylePage(t))
	b.Await("the field with the mistake has the focus", `document.activeElement.matches("[autofocus]")`) // the browser gives it in a frame of its own
	for _, light := range []string{"light", "dark"} {
		picture := pale(t, b.Portrait(840, light))
		boxes := browsertest.Boxes(b)
		if *update {
			keep(t, filepath.Join("testdata", "style"), light, picture, boxes)
			continue
		}
		was, wasAt := kept(t, light)
		moved, where := browsertest.Moved(wasAt, boxes), browsertest.Differs(was, picture)
		for _, one := range moved {
			t.Errorf("%s: moved: %s", light, one)
		}
		for _, square := range where {
			at := image.Rectangle{Min: square.Min.Mul(scale), Max: square.Max.Mul(scale)}
			t.Errorf("%s: %s looks different at %v", light, browsertest.Specimen(boxes, at.Min), at)
		}
		if len(moved)+len(where) > 0 {
			folder := filepath.Join(os.TempDir(), "apsid-style")
			keep(t, folder, light, picture, boxes)
			t.Errorf("the new picture is %s; if it is what you want, run this test with -update", filepath.Join(folder, light+".png"))
		}
	}
	if *update {
		return
	}
	was, wasAt := kept(t, "dark")
	for name, rule := range map[string]string{
		"another colour": "button.main.danger { background: #2d5b3a !important; }",
		"a line moved":   "[data-specimen=type] h2 { margin-left: 6px !important; }",
	} {
		b.Restyle(rule)
		seen := len(browsertest.Differs(was, pale(t, b.Picture()))) + len(browsertest.Moved(wasAt, browsertest.Boxes(b)))
		if seen == 0 {
			t.Errorf("%s, and nobody sees it", name)
		}
	}
}

// stylePage serves the style page and nothing else of the provider.
func stylePage(t *testing.T) string {
	t.Helper()
	pages, err := web.NewPages(web.Config{
		Support: web.Support{Name: "APS support", Phone: "1800 555 010"}, Logger: slog.New(slog.DiscardHandler), Issuer: &url.URL{Scheme: "http", Host: "127.0.0.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Style())
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site.URL + "/"
}

// pale makes one pixel of four and keeps the four highest bits of each channel, so that the picture is small and little of the smoothing
// of letters is left.
func pale(t *testing.T, file []byte) *image.NRGBA {
	t.Helper()
	from, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	to := image.NewNRGBA(image.Rect(0, 0, from.Bounds().Dx()/scale, from.Bounds().Dy()/scale))
	for y := range to.Bounds().Dy() {
		for x := range to.Bounds().Dx() {
			var sums [3]uint32
			for i := range scale * scale {
				r, g, b, _ := from.At(x*scale+i%scale, y*scale+i/scale).RGBA()
				sums[0], sums[1], sums[2] = sums[0]+r, sums[1]+g, sums[2]+b
			}
			high := func(sum uint32) uint8 { return uint8(sum/(scale*scale)>>12) * 17 }
			to.Set(x, y, color.NRGBA{high(sums[0]), high(sums[1]), high(sums[2]), 255})
		}
	}
	return to
}

func keep(t *testing.T, folder, light string, picture image.Image, boxes []browsertest.Box) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, light+".png"), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(boxes)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, light+".json"), bytes.ReplaceAll(text, []byte("},"), []byte("},\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

func kept(t *testing.T, light string) (picture image.Image, boxes []browsertest.Box) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "style", light+".png"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err = png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "style", light+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &boxes); err != nil {
		t.Fatal(err)
	}
	return picture, boxes
}
