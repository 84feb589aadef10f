package web

import "net/http"

// Start is what the page at the issuer's root shows. The demo gives apps, people and an inbox; otherwise it is empty.
type Start struct {
	Apps     []StartApp
	People   []StartPerson
	InboxURL string
}

// StartApp is an app to open.
type StartApp struct{ Name, URL, Note string }

// StartPerson is a person of the demo. Nothing here is secret, the password included. Key is the set-up key of the authenticator
// app, "" without one; PIN the recovery PIN, likewise.
type StartPerson struct{ Name, Username, Password, Practice, Note, Key, PIN string }

// Start returns the handler of the page.
func (p *Pages) Start(start Start) http.Handler {
	title := "Sign in from your app"
	if len(start.Apps) > 0 {
		title = "Try " + p.brand.Name
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Render(w, r, http.StatusOK, "start", Frame{Step: "start", Title: title, Wide: len(start.People) > 0, Body: start})
	})
}
