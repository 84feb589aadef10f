package rp

import (
	"embed"
	"fmt"
	"net/http"
)

//go:embed assets
var assets embed.FS

// assetHandler serves a file of this package, from the app's own origin: a strict content security policy allows it.
func assetHandler(name, kind string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Type", kind)
		header.Set("Cache-Control", "max-age=300")
		header.Set("X-Content-Type-Options", "nosniff")
		file, err := assets.ReadFile("assets/" + name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(file) // an error means the browser went away
	})
}

const donePage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>You are signed in</title>
<link rel="stylesheet" href="%s"><script src="%s" defer></script></head>
<body class="aps-done"><main><h1>You are signed in</h1><p>Go back to the tab you were working in: your page is there. You can close this one.</p>
<p><a href="%s">Stay in this tab instead</a></p></main></body></html>
`

// serveDone is where a sign-in ends that was begun from a page that waits in another tab. The script tells that tab.
func (a *App) serveDone(w http.ResponseWriter, r *http.Request) {
	if _, err := a.current(r); err != nil {
		http.Redirect(w, r, a.loginURL(a.paths.done, requirement{}), http.StatusSeeOther)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = fmt.Fprintf(w, donePage, a.paths.style, a.paths.script, a.config.Home) // an error means the browser went away
}
