package rp

import (
	"fmt"
	"html"
	"net/http"
)

const failurePage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign-in not completed</title></head>
<body><h1>Sign-in not completed</h1><p>You are not signed in. Please <a href="%s">sign in again</a>.</p><p><small>%s</small></p></body></html>
`

// plainFailure is the page of an app that has none of its own.
func plainFailure(w http.ResponseWriter, _ *http.Request, f Failure) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(f.Status)
	_, _ = fmt.Fprintf(w, failurePage, html.EscapeString(f.Retry), html.EscapeString(f.Code)) // an error means the browser went away
}
