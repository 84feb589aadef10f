package browsertest

import (
	"context"
	"net/http"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// Catch answers every request to addresses that begin with prefix in the browser itself, with an empty page: a test plays an
// app there without serving it, and reads with URL what the provider sent the browser back with.
func (b *Browser) Catch(prefix string) {
	b.t.Helper()
	err := chromedp.Listen(b.ctx, func(event any) {
		if paused, ok := event.(*fetch.EventRequestPaused); ok {
			go b.fulfil(paused.RequestID) // a listener must not wait for the browser
		}
	})
	if err != nil {
		b.fail("catch %s: %v", prefix, err)
	}
	b.do(call(fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: prefix + "*"}}}))
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
