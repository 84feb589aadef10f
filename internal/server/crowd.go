package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// How long a page may hold its place, and how long it may wait for one. A page takes a millisecond or two of a processor.
const (
	placeHeld   = 10 * time.Millisecond
	placeWaited = 10 * time.Second
	// placesEach is how many places there are for each processor: some pages wait for a store.
	placesEach = 2
)

// crowd bounds how many pages are worked on at once, so that five hundred people who come within a moment stand in a queue, and
// not between the programs that ask for tokens and the processors: the scheduler of Go serves whoever is ready in turn, however many
// they are. Pages wait in the order in which they came; programs never do.
//
// A page that takes longer than placeHeld waits for something itself (a text message, a store that is far or hangs), which costs no
// processor. Its place then goes to the next, so what waits holds up nobody else. One that hashes a password gives its place up before: it
// stands in the line for hashes from then on, which is fair to networks and accounts, as this queue is not.
type crowd struct {
	places chan struct{}
	pages  *web.Pages
}

func newCrowd(processors int, pages *web.Pages) crowd {
	return crowd{places: make(chan struct{}, placesEach*processors), pages: pages}
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
		leave := sync.OnceFunc(func() { <-c.places })
		defer leave()
		defer time.AfterFunc(placeHeld, leave).Stop()
		page := r.WithContext(authenticator.BeforeHashing(r.Context(), leave))
		defer func() { r.Pattern = page.Pattern }() // the mux writes it into the copy, and the log and the metrics look here
		next.ServeHTTP(w, page)
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
