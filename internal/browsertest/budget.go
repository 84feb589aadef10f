package browsertest

import "fmt"

// The budget of a page in the card of the sign-in: what people wait for on a bad line before they can sign in.
const (
	mostBytes    = 60_000 // as they are transferred, the icon aside
	mostRequests = 6      // the page and the icon included

	wasRead = "read and painted" // the mark in a page's timeline after which nothing of it may move by itself
)

// load is what the browser measured of the page (Resource Timing, Layout Instability and Paint Timing of the W3C).
type load struct {
	Bytes    int      `json:"bytes"`
	Requests []string `json:"requests"`
	Blocking []string `json:"blocking"` // scripts and fonts that the first paint waited for
	Shifts   []string `json:"shifts"`   // what moved after it was painted, from where to where
}

// Budget returns what of the page is over its budget: bytes, requests, a script or a font that the first paint waited for, content that
// moved after the page was read and painted. What the browser had kept counts as it came first. The reference of the API is a page for programmers.
func Budget(b *Browser) (over []string) {
	b.t.Helper()
	if !evaluate[bool](b, `!!document.querySelector('main.card:not([data-step="reference"])')`) {
		return nil
	}
	b.Await("the page has been read and painted", `performance.getEntriesByName("`+wasRead+`").length > 0`)
	measured := evaluate[load](b, `new Promise(done => {
		const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
			.filter(e => e.entryType === "navigation" || e.name.startsWith(location.origin + "/"));
		const icon = document.querySelector("link[rel=icon]");
		const requests = [...new Set([...all.map(e => e.name), ...(icon ? [icon.href] : [])])];
		const isFont = e => e.initiatorType === "css" && /\.(woff2?|ttf|otf)$/.test(e.name);
		const blocking = all.filter(e => (e.initiatorType === "script" && e.renderBlockingStatus === "blocking") || isFont(e)).map(e => e.name);
		const leastShift = 0.001; // a hundredth of what counts as good: less is a mark of the browser's own in a field
		const at = r => [r.x, r.y, r.width, r.height].map(Math.round).join(" ");
		const moved = s => (s.node?.outerHTML ?? s.node?.textContent ?? "something").slice(0, 100) + " from " + at(s.previousRect) + " to " + at(s.currentRect);
		const seen = [];
		const watch = new PerformanceObserver(list => seen.push(...list.getEntries())); // it has them before the next frame, or after
		watch.observe({type: "layout-shift", buffered: true});
		requestAnimationFrame(() => {
			const read = performance.getEntriesByName("`+wasRead+`")[0].startTime; // before, a line grows and wraps as it comes
			const shifts = seen.concat(watch.takeRecords()).filter(e => !e.hadRecentInput && e.startTime >= read && e.value >= leastShift).flatMap(e => e.sources.map(moved));
			watch.disconnect();
			done({bytes: all.reduce((sum, e) => sum + e.encodedBodySize, 0), requests, blocking, shifts});
		});
	})`)
	if measured.Bytes > mostBytes {
		over = append(over, fmt.Sprintf("weighs %d bytes, more than %d", measured.Bytes, mostBytes))
	}
	if len(measured.Requests) > mostRequests {
		over = append(over, fmt.Sprintf("makes %d requests, more than %d: %q", len(measured.Requests), mostRequests, measured.Requests))
	}
	for _, name := range measured.Blocking {
		over = append(over, "the first paint waits for "+name)
	}
	for _, moved := range measured.Shifts {
		over = append(over, "content moved after it was painted: "+moved)
	}
	return over
}
