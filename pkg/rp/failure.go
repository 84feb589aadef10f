package rp

import (
	"fmt"
	"html"
	"net/http"
)

const plainPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>%[1]s</title></head>
<body><main><h1>%[1]s</h1><p>%[2]s</p><p><a href="%[3]s"%[4]s>Sign in again</a></p>%[5]s</main></body></html>
`

// plainFailure is the page of an app that has none of its own.
func plainFailure(w http.ResponseWriter, _ *http.Request, f Failure) {
	title, text := "Sign-in not completed", "You are not signed in. Nothing was changed."
	switch f.Code {
	case CodeUnreachable:
		title, text = "Signing in is not possible just now", "The sign-in service does not answer. Please try again in a minute. Nothing was changed."
	case CodeStore:
		title, text = "Signing in is not possible just now", "The app can't keep sessions at the moment. Please try again in a minute."
	case "access_denied":
		text = "The sign-in was cancelled, or you have no access to this app."
	}
	writePlain(w, f.Status, title, text, f.Retry, "", "<p><small>"+html.EscapeString(f.Code)+"</small></p>")
}

// notSaved answers a form that was sent without a session. The browser still has what was typed, one page back.
func notSaved(w http.ResponseWriter, signin string) {
	writePlain(w, http.StatusUnauthorized, "You are signed out",
		"What you sent was not saved. Sign in again, which opens a new tab, then come back here, go back one page and send it again.",
		signin, ` target="_blank"`, "")
}

func writePlain(w http.ResponseWriter, status int, title, text, link, attributes, more string) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, plainPage, title, text, html.EscapeString(link), attributes, more) // an error means the browser went away
}
