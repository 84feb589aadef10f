package timesheets

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/apscloud/apsid/pkg/rp"
)

// A stand-in keeps little, and only until it ends.
const (
	maxForm    = 16 << 10 // bytes
	maxText    = 4000     // characters
	maxEntries = 20       // of one person
	maxPeople  = 1000
)

// entry is what a person wrote down.
type entry struct{ Client, Notes string }

// book holds people's entries, newest first.
type book struct {
	mu      sync.Mutex
	entries map[string][]entry // by subject
}

func newBook() *book { return &book{entries: map[string][]entry{}} }

func (b *book) of(subject string) []entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.entries[subject])
}

func (b *book) add(subject string, e entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.entries[subject]; !known && len(b.entries) >= maxPeople {
		clear(b.entries)
	}
	all := slices.Insert(b.entries[subject], 0, e)
	b.entries[subject] = all[:min(len(all), maxEntries)]
}

func (a *App) serveEntry(w http.ResponseWriter, r *http.Request) {
	v := a.view(r)
	v.Form, v.Entries = true, a.book.of(v.Session.Subject)
	a.render(w, http.StatusOK, v)
}

func (a *App) saveEntry(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	e := entry{Client: strings.TrimSpace(r.PostFormValue("client")), Notes: strings.TrimSpace(r.PostFormValue("notes"))}
	if e.Client == "" || utf8.RuneCountInString(e.Client+e.Notes) > maxText {
		v := a.view(r)
		v.Form, v.Failure, v.Entries = true, "client", a.book.of(v.Session.Subject)
		a.render(w, http.StatusUnprocessableEntity, v)
		return
	}
	s, _ := rp.SessionFrom(r.Context()) // behind Require
	a.book.add(s.Subject, e)
	http.Redirect(w, r, "/entry", http.StatusSeeOther)
}
