package server

import (
	"net/http"
	"runtime"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// How long a page may hold its place, and how long it may wait for one.
const (
	placeHeld   = 50 * time.Millisecond
	placeWaited = 10 * time.Second
)

// crowd bounds how many pages are worked on at once, so that five hundred people who come within a moment stand in a queue, and
// not between the programs that ask for tokens and the processors: the scheduler of Go serves whoever is ready in turn, however many
// they are. Pages wait in the order in which they came; programs never do.
//
// A page that takes longer than placeHeld waits for something itself (its turn to hash a password, a text message, a store that
// hangs), which costs no processor. Its place then goes to the next, so what hangs holds up nobody else.
type crowd struct {
	places chan struct{}
	pages  *web.Pages
}

// newCrowd has as many places as there are processors. With twice as many, a third as many of five hundred people got in: the others
// were turned away where passwords wait to be hashed.
func newCrowd(pages *web.Pages) crowd {
	return crowd{places: make(chan struct{}, runtime.GOMAXPROCS(0)), pages: pages}
}

// wrap gives next a page once it has a place, and what programs ask for at once.
func (c crowd) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHarmless(r.URL.Path) || isForPrograms(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if err := c.enter(r); err != nil {
			c.pages.Fail(w, r, err)
			return
		}
		held := time.AfterFunc(placeHeld, c.leave)
		defer func() {
			if held.Stop() {
				c.leave()
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// enter waits for a place. Errors: idp.ErrBusy, or idp.ErrUnavailable if the visitor has left.
func (c crowd) enter(r *http.Request) error {
	select {
	case c.places <- struct{}{}:
		return nil
	default:
	}
	patience := time.NewTimer(placeWaited)
	defer patience.Stop()
	select {
	case c.places <- struct{}{}:
		return nil
	case <-patience.C:
		return idp.Busy(placeWaited)
	case <-r.Context().Done():
		return idp.Wrap(idp.CodeUnavailable, r.Context().Err())
	}
}

func (c crowd) leave() { <-c.places }
