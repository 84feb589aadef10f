package web

import "net/http"

// Routes lists the addresses that are no surface of their own: the start page, the static files, and the page for whatever
// leads nowhere.
func (p *Pages) Routes(mux *http.ServeMux, start Start) {
	mux.Handle("GET /{$}", p.Start(start))
	mux.Handle("GET "+assetsPrefix, p.assets.serve(p.NotFound()))
	mux.Handle("/", p.NotFound())
}
