package web

import (
	"context"
	"encoding/json"
	"net/http"
)

// Start is what the page at the issuer's root shows. The demo gives apps, people and an inbox; otherwise it is empty.
type Start struct {
	Apps     []StartApp
	Tour     []StartStep
	InboxURL string
	CodesURL string // where Codes answers

	// People returns the people as they are now; nil outside the demo.
	People func(ctx context.Context) (StartPeople, error)
}

// StartApp is an app to open.
type StartApp struct{ Name, URL, Note string }

// StartStep is a step of the tour: what to do, and the link that begins it.
type StartStep struct{ Title, Text, Link, URL string }

// StartPeople are the people of the demo, with the seconds for which their codes stay as they are.
type StartPeople struct {
	All         []StartPerson
	SecondsLeft int
}

// StartPerson is a person of the demo. Nothing here is secret, the password included. URL begins a sign-in as them; Code is the
// security code of their authenticator app now, Phone the number that gets their text messages, PIN the recovery PIN; each "" without
// one.
type StartPerson struct{ Name, Username, Password, Practice, Note, URL, Code, Phone, PIN string }

// startView is what the template gets.
type startView struct {
	Start
	Now StartPeople
}

// Start returns the handler of the page.
func (p *Pages) Start(start Start) http.Handler {
	title := "Sign in from your app"
	if start.People != nil {
		title = "Try " + p.brand.Name
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		view := startView{Start: start}
		var err error
		if start.People != nil {
			view.Now, err = start.People(r.Context())
		}
		if err != nil {
			p.Fail(w, r, err)
			return
		}
		demo := start.People != nil
		p.Render(w, r, http.StatusOK, "start", Frame{Step: "start", Title: title, Wide: demo, Fetches: demo, Body: view})
	})
}

// Codes answers with the security codes of a demo's people, for the script of its start page.
func (p *Pages) Codes(start Start) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		people, err := start.People(r.Context())
		if err != nil {
			p.Fail(w, r, err)
			return
		}
		fresh := struct {
			SecondsLeft int               `json:"seconds_left"`
			Codes       map[string]string `json:"codes"` // by user name
		}{people.SecondsLeft, map[string]string{}}
		for _, person := range people.All {
			if person.Code != "" {
				fresh.Codes[person.Username] = person.Code
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(fresh) // an error means that the caller has gone
	})
}
