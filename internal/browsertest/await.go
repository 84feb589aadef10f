package browsertest

import (
	"slices"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// AwaitWithin is Await for what takes its time by design, and returns how long it took.
func (b *Browser) AwaitWithin(d time.Duration, what, condition string) time.Duration {
	b.t.Helper()
	begun := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !b.Holds(condition) {
		if time.Since(begun) > d {
			b.fail("never within %s: %s", d, what)
		}
		<-tick.C
	}
	return time.Since(begun)
}

// Follow clicks the one visible link with these words, which opens another tab, and returns that tab.
func (b *Browser) Follow(words string, options ...Option) *Browser {
	b.t.Helper()
	before := b.pages()
	b.Tap(words)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		for _, id := range b.pages() {
			if !slices.Contains(before, id) {
				ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
				return open(b.t, ctx, stop, options)
			}
		}
		if time.Now().After(deadline) {
			b.fail("no tab came of %q", words)
		}
	}
}

// pages lists the tabs of this browser, and of no other.
func (b *Browser) pages() []target.ID {
	b.t.Helper()
	all, err := chromedp.Targets(b.ctx)
	if err != nil {
		b.fail("tabs: %v", err)
	}
	mine := chromedp.FromContext(b.ctx).Target.TargetID
	at := slices.IndexFunc(all, func(i *target.Info) bool { return i.TargetID == mine })
	var ids []target.ID
	for _, info := range all {
		if info.Type == "page" && at >= 0 && info.BrowserContextID == all[at].BrowserContextID {
			ids = append(ids, info.TargetID)
		}
	}
	return ids
}
