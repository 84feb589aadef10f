package browsertest

import (
	"context"
	"net/http"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Catch answers every request to addresses that begin with prefix in the browser itself, with an empty page: a test plays an
// app there without serving it, and reads with URL what the provider sent the browser back with.
func (b *Browser) Catch(prefix string) {
	b.t.Helper()
	b.pause(prefix+"*", b.fulfil)
}

// Late lets every script come only after the page has been painted, as on a bad line.
func (b *Browser) Late() {
	b.t.Helper()
	b.do(call(network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})) // what the browser keeps is not paused
	b.pause("*.js", func(id fetch.RequestID) {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		const painted = `new Promise(done => new PerformanceObserver(() => done(true)).observe({type: "paint", buffered: true}))`
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](painted, chromedp.EvalAwaitPromise))
		if err == nil {
			_, err = chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
		}
		if err != nil && b.ctx.Err() == nil {
			b.complain("late: " + err.Error())
		}
	})
}

// pause holds the requests to addresses of this pattern until answer has dealt with them.
func (b *Browser) pause(pattern string, answer func(fetch.RequestID)) {
	b.t.Helper()
	err := chromedp.Listen(b.ctx, func(event any) {
		if paused, ok := event.(*fetch.EventRequestPaused); ok {
			go answer(paused.RequestID) // a listener must not wait for the browser
		}
	})
	if err != nil {
		b.fail("pause %s: %v", pattern, err)
	}
	b.do(call(fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}}))
}

func (b *Browser) fulfil(id fetch.RequestID) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID:       id,
		ResponseCode:    http.StatusOK,
		ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "text/html; charset=utf-8"}},
		Body:            []byte(`<!doctype html><html lang="en"><title>Caught</title></html>`),
	})
	if err != nil && b.ctx.Err() == nil { // the tab may close while a request of it is on its way
		b.complain("catch: " + err.Error())
	}
}
