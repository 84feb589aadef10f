package browsertest

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Tap clicks the one visible button or link with these words, where no page follows.
func (b *Browser) Tap(words string) {
	b.t.Helper()
	b.mark(words)
	b.do(chromedp.Click(chromedp.CSS("[data-browsertest]")))
}

// Keys presses keys, as a person does, wherever the focus is ("\t", "\r", letters).
func (b *Browser) Keys(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// Hit presses one key that writes a letter, as a keyboard does: a page that takes the key for itself keeps the letter from being written.
func (b *Browser) Hit(letter string) {
	b.t.Helper()
	b.do(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: letter, Text: letter}))
	b.do(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: letter}))
}

// Move moves the pointer to a place on the page.
func (b *Browser) Move(x, y float64) {
	b.t.Helper()
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
}

// Script runs statements in the page, for what the page's own script can do and a person cannot.
func (b *Browser) Script(statements string) {
	b.t.Helper()
	evaluate[chromedp.Void](b, "(async () => {"+statements+"})().then(() => undefined)")
}

// Holds reports whether a JavaScript condition holds in the page. In a page that is just being left, none does.
func (b *Browser) Holds(condition string) bool {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")", chromedp.EvalAwaitPromise))
	if err != nil && !leaving(err) {
		b.fail("%.200s: %v", condition, err)
	}
	return err == nil && holds
}

// leaving reports whether the error means that the page went away during the evaluation.
func leaving(err error) bool {
	text := err.Error()
	return strings.Contains(text, "navigated or closed") || strings.Contains(text, "context was destroyed") || strings.Contains(text, "Cannot find context")
}

// Await waits until a JavaScript condition holds in the page.
func (b *Browser) Await(what, condition string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !b.Holds(condition); {
		if time.Now().After(deadline) {
			b.fail("never: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
