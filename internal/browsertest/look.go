package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/apscloud/apsid/internal/testenv"
)

// ScreenshotsVariable names the folder that pictures of every page are written to; without it none are taken.
const ScreenshotsVariable = "APSID_SCREENSHOTS"

type screen struct {
	name          string
	width, height int64
}

var (
	desktop = screen{"desktop", 1280, 900}
	phone   = screen{"phone", 390, 844}
	narrow  = screen{"narrow", 320, 568}
)

// Violation is one thing that axe-core found.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Inspector looks at pages as a whole: is each accessible on every kind of screen, and what does it look like.
type Inspector struct {
	axe    string
	folder string
	seen   map[string]bool
}

// NewInspector prepares to look at pages.
func NewInspector(t testing.TB) *Inspector {
	t.Helper()
	return &Inspector{axe: testenv.Axe(t), folder: os.Getenv(ScreenshotsVariable), seen: map[string]bool{}}
}

// Seen lists the pages that were looked at.
func (i *Inspector) Seen() map[string]bool { return i.seen }

// Look checks the page on a desktop in light and on a phone in dark, and in all four ways if pictures of each are asked for:
// nothing serious for axe-core, no scrolling sideways. Name says which page it is; what was typed on it stays.
func (i *Inspector) Look(b *Browser, name string) {
	b.t.Helper()
	i.seen[name] = true
	for _, s := range []screen{desktop, phone} {
		b.resize(s)
		for _, scheme := range i.schemes(s) {
			b.scheme(scheme)
			where := name + " (" + s.name + ", " + scheme + ")"
			for _, v := range i.Violations(b) {
				b.t.Errorf("%s: %s (%s): %s", where, v.ID, v.Impact, v.Help)
				for _, node := range v.Nodes {
					b.t.Logf("  %.300s\n  %s", node.HTML, node.Summary)
				}
			}
			i.picture(b, name+"-"+s.name+"-"+scheme+".png")
		}
	}
	b.scheme("light")
	i.fits(b, name)
	b.resize(desktop)
}

// schemes are those that a screen of this kind is looked at in: each colour on one of them at least, since looking costs seconds.
func (i *Inspector) schemes(s screen) []string {
	switch {
	case i.folder != "":
		return []string{"light", "dark"}
	case s == desktop:
		return []string{"light"}
	default:
		return []string{"dark"}
	}
}

// fits fails the test if the page is wider than the narrowest screen that people have (WCAG 2.2, 1.4.10: 320 px).
func (i *Inspector) fits(b *Browser, name string) {
	b.t.Helper()
	b.resize(narrow)
	if wide := evaluate[int](b, `document.documentElement.scrollWidth`); int64(wide) > narrow.width {
		b.t.Errorf("%s is %d px wide on a screen of %d px", name, wide, narrow.width)
	}
	i.picture(b, name+"-"+narrow.name+"-light.png")
}

// Violations runs axe-core and returns what it calls serious or critical. Its source is evaluated from outside the page: the
// page's own policy allows no such script.
func (i *Inspector) Violations(b *Browser) []Violation {
	b.t.Helper()
	if !evaluate[bool](b, `typeof axe === "object"`) {
		evaluate[chromedp.Void](b, i.axe+"\n;undefined")
	}
	return evaluate[[]Violation](b, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(n => ({html: n.html, failureSummary: n.failureSummary}))})))`)
}

func (i *Inspector) picture(b *Browser, file string) {
	b.t.Helper()
	if i.folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.fail("screenshot: %v", err)
	}
	err = os.MkdirAll(i.folder, 0o755)
	if err != nil {
		b.fail("screenshot: %v", err)
	}
	err = os.WriteFile(filepath.Join(i.folder, file), image, 0o644)
	if err != nil {
		b.fail("screenshot: %v", err)
	}
}

func (b *Browser) resize(s screen) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(s.width, s.height))
}

// scheme sets what the person prefers. Animations are off, so that no colour is caught half-way.
func (b *Browser) scheme(name string) {
	b.t.Helper()
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}
