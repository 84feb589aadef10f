package browsertest

import (
	"context"
	"fmt"
	"image"
	"math"
	"strings"

	"github.com/chromedp/chromedp"
)

// Box is where an element of a page stands, in CSS pixels.
type Box struct {
	Name                string // the specimen that it belongs to, and what it is
	X, Y, Width, Height float64
}

// Boxes returns where the specimens of a style page and the components in them stand.
func Boxes(b *Browser) []Box {
	b.t.Helper()
	return evaluate[[]Box](b, `[...document.querySelectorAll("[data-specimen]")].flatMap(specimen => [specimen, ...specimen.querySelectorAll(
		"button, .button, input, select, textarea, .badge, .choice, .alert, .note, .empty, .tile, progress, .drawer, .card, .menu-items, tr, h2")]
		.map((e, n) => {
			const r = e.getBoundingClientRect();
			return {Name: specimen.dataset.specimen + (n ? " " + n + " " + e.tagName.toLowerCase() + "." + e.className : ""),
				X: Math.round(r.x), Y: Math.round(r.y + scrollY), Width: Math.round(r.width), Height: Math.round(r.height)};
		}))`)
}

// Moved compares boxes, and says which ones stand elsewhere, by more than the pixel or two that rounding and the shapes of letters make.
func Moved(want, got []Box) (moved []string) {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("there are %d components, not %d", len(got), len(want))}
	}
	far := func(a, b float64) bool { return math.Abs(a-b) > 2 }
	for i, w := range want {
		g := got[i]
		if w.Name != g.Name || far(w.X, g.X) || far(w.Y, g.Y) || far(w.Width, g.Width) || far(w.Height, g.Height) {
			moved = append(moved, fmt.Sprintf("%+v is now %+v", w, g))
		}
	}
	return moved
}

// block is the side of the squares that pictures are compared by, in pixels; tolerance is how far the mean of a square may be from
// what it was, of 255: edges of letters are smoothed in many ways, and a square is mostly not edge.
const (
	block     = 8
	tolerance = 14
)

// Differs compares two pictures and says which squares of them look different, at most ten.
func Differs(want, got image.Image) (where []image.Rectangle) {
	area := want.Bounds().Union(got.Bounds())
	for y := area.Min.Y; y < area.Max.Y; y += block {
		for x := area.Min.X; x < area.Max.X; x += block {
			square := image.Rect(x, y, x+block, y+block).Intersect(area)
			if distance(want, got, square) > tolerance {
				where = append(where, square)
				if len(where) == 10 {
					return where
				}
			}
		}
	}
	return where
}

// distance is how far the mean colours of an area are apart, in the channel where that is most.
func distance(a, b image.Image, area image.Rectangle) float64 {
	var sums [3]float64
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			for i, d := range [3]float64{float64(ar) - float64(br), float64(ag) - float64(bg), float64(ab) - float64(bb)} {
				sums[i] += d / 257
			}
		}
	}
	n := float64(area.Dx() * area.Dy())
	return max(math.Abs(sums[0]), math.Abs(sums[1]), math.Abs(sums[2])) / n
}

// Specimen is the style page's name for what stands at a point, by the boxes of the page.
func Specimen(boxes []Box, at image.Point) string {
	for _, box := range boxes {
		x, y := float64(at.X), float64(at.Y)
		if !strings.Contains(box.Name, " ") && x >= box.X && x < box.X+box.Width && y >= box.Y && y < box.Y+box.Height {
			return box.Name
		}
	}
	return "the frame"
}

// Portrait sets the page for comparing: a width, a light, a font that every machine with the test environment has, no caret; and
// returns its picture as PNG.
func (b *Browser) Portrait(width int64, light string) []byte {
	b.t.Helper()
	b.resize(screen{"portrait", width, 1000})
	b.scheme(light)
	evaluate[chromedp.Void](b, `(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync("* { font-family: 'DejaVu Sans' !important; caret-color: transparent !important; transition: none !important; }");
		document.adoptedStyleSheets = [sheet];
	})()`)
	return b.Picture()
}

// Picture returns a picture of the whole page, as PNG.
func (b *Browser) Picture() []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.fail("screenshot: %v", err)
	}
	return picture
}

// Restyle puts a rule beside what Portrait set, in place of one that was put there before, from outside the page's policy.
func (b *Browser) Restyle(rule string) {
	b.t.Helper()
	evaluate[chromedp.Void](b, `(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(`+quote(rule)+`);
		document.adoptedStyleSheets = [document.adoptedStyleSheets[0], sheet];
	})()`)
}
