package web

import "net/http"

// Routes mounts the addresses that belong to no surface: the start page (see Start), the static files, and the page for an address
// that leads nowhere.
func (p *Pages) Routes(mux *http.ServeMux, home http.Handler) {
	mux.Handle("GET /{$}", home)
	mux.Handle("GET "+assetsPrefix, p.assets.serve(p.NotFound()))
	mux.Handle("/", p.NotFound())
}
