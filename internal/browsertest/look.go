package browsertest

import (
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
// nothing for axe-core, no scrolling sideways on a narrow screen or with large text, controls that can be seen in forced colours, and of
// a page in the card of the sign-in the budget. Name says which page it is; what was typed on it stays.
func (i *Inspector) Look(b *Browser, name string) {
	b.t.Helper()
	i.seen[name] = true
	for _, over := range Budget(b) {
		b.t.Errorf("%s: %s", name, over)
	}
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
	i.largeText(b, name)
	i.forcedColours(b, name)
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
	for _, step := range evaluate[[]string](b, underNumbers) {
		b.t.Errorf("%s: the number of a step covers its text on a screen of %d px: %s", name, narrow.width, step)
	}
	i.picture(b, name+"-"+narrow.name+"-light.png")
}

// underNumbers lists the steps whose number, which is drawn beside them, stands on their words: no tool for accessibility sees it.
const underNumbers = `[...document.querySelectorAll(".steps > li")].filter(li => li.checkVisibility()).filter(li => {
	const box = li.getBoundingClientRect(), number = getComputedStyle(li, "::before");
	const [right, bottom] = [box.left + parseFloat(number.left) + parseFloat(number.width), box.top + parseFloat(number.top) + parseFloat(number.height)];
	const words = document.createRange();
	words.selectNodeContents(li);
	return [...words.getClientRects()].some(r => r.width > 1 && r.left < right - 1 && r.top < bottom - 1 && !wraps(li, r));
	function wraps(li, r) { return [...li.querySelectorAll("*")].some(e => { const b = e.getBoundingClientRect(); return b.left === r.left && b.top === r.top && b.width === r.width; }); }
}).map(li => li.textContent.trim().slice(0, 60))`

// largeText fails the test if text of twice the size does not fit on a desktop (WCAG 2.2, 1.4.4).
func (i *Inspector) largeText(b *Browser, name string) {
	b.t.Helper()
	evaluate[chromedp.Void](b, `document.documentElement.style.fontSize = "200%", undefined`)
	if wide := evaluate[int](b, `document.documentElement.scrollWidth`); int64(wide) > desktop.width {
		b.t.Errorf("%s is %d px wide with text of twice the size, on a screen of %d px", name, wide, desktop.width)
	}
	i.picture(b, name+"-large-text.png")
	evaluate[chromedp.Void](b, `document.documentElement.style.removeProperty("font-size"), undefined`)
}

// forcedColours fails the test if a control has no edge where the colours are the person's own and no background is ours (WCAG 2.2,
// 1.4.11).
func (i *Inspector) forcedColours(b *Browser, name string) {
	b.t.Helper()
	b.media("light", "active")
	for _, control := range Edgeless(b) {
		b.t.Errorf("%s: no edge in forced colours: %s", name, control)
	}
	i.picture(b, name+"-forced-colours.png")
	b.scheme("light")
}

// Edgeless lists the buttons and fields whose edge can't be seen. What is underlined is seen as a link is; what is made by script stands
// inside of a field with an edge; a line of a menu stands inside of the menu's.
func Edgeless(b *Browser) []string {
	b.t.Helper()
	return evaluate[[]string](b, `[...document.querySelectorAll("button, .button, select, textarea, input:not([type=hidden], [type=radio], [type=checkbox])")]
		.filter(e => e.getClientRects().length > 0 && !e.matches(".quiet, .reveal, .menu-items *"))
		.filter(e => { const s = getComputedStyle(e); return s.borderTopStyle === "none" || parseFloat(s.borderTopWidth) < 1; })
		.map(e => e.outerHTML.slice(0, 120))`)
}

// Violations runs axe-core and returns what it finds, best practices included, whatever it thinks of its weight. Its source is evaluated
// from outside the page: the page's own policy allows no such script.
func (i *Inspector) Violations(b *Browser) []Violation {
	b.t.Helper()
	if !evaluate[bool](b, `typeof axe === "object"`) {
		evaluate[chromedp.Void](b, i.axe+"\n;undefined")
	}
	return evaluate[[]Violation](b, `axe.run(document, {
		resultTypes: ["violations"],
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	}).then(r => r.violations
		.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(n => ({html: n.html, failureSummary: n.failureSummary}))})))`)
}

func (i *Inspector) picture(b *Browser, file string) {
	b.t.Helper()
	if i.folder == "" {
		return
	}
	image := b.Picture()
	err := os.MkdirAll(i.folder, 0o755)
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

// Screen gives the page a screen of this size, in pixels.
func (b *Browser) Screen(width, height int64) {
	b.t.Helper()
	b.resize(screen{width: width, height: height})
}

// scheme sets what the person prefers. Animations are off, so that no colour is caught half-way.
func (b *Browser) scheme(name string) {
	b.t.Helper()
	b.media(name, "none")
}

func (b *Browser) media(scheme, forced string) {
	b.t.Helper()
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "forced-colors", Value: forced},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}
