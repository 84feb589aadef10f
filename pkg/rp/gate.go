package rp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// Load puts the session of the request, if there is one, where SessionFrom finds it.
func (a *App) Load(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := a.attend(r)
		switch {
		case err == nil:
			r = r.WithContext(context.WithValue(r.Context(), contextKey{}, s))
		case !errors.Is(err, ErrNoSession):
			a.config.Logger.ErrorContext(r.Context(), "session store failed", "error", err)
			http.Error(w, "The service is not available just now.", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// attend returns the session as current does, renews its tokens if that is due, and reports the person's activity if they came to
// this page by an act of their own.
func (a *App) attend(r *http.Request) (Session, error) {
	s, err := a.current(r)
	if err != nil {
		return Session{}, err
	}
	if byHand(r) {
		if s, err = a.note(r.Context(), s, a.config.Now()); err != nil {
			return Session{}, err
		}
	}
	return a.upkeep(r.Context(), s)
}

// Require lets signed-in people through. It sends others to sign in and back to the page they asked for, if the same person
// signs in. What is not a page is not redirected: a script's request gets 401 and JSON ({"error", "signin"}), a form that
// was sent gets 401 and a page that says that nothing was done.
func (a *App) Require(next http.Handler) http.Handler {
	return a.require(requirement{}, next)
}

// RequireACR is Require for pages that need a sign-in of this strength (apsid.ACRMFA): people signed in with less are sent to
// add what is missing, and back.
func (a *App) RequireACR(acr string, next http.Handler) http.Handler {
	return a.require(requirement{acr: acr}, next)
}

// RequireRecent is Require for pages that need a person who proved who they are within maxAge: others are sent to do so again,
// and back.
func (a *App) RequireRecent(maxAge time.Duration, next http.Handler) http.Handler {
	return a.require(requirement{maxAge: max(maxAge, time.Second)}, next)
}

func (a *App) require(w requirement, next http.Handler) http.Handler {
	return a.Load(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s, ok := SessionFrom(r.Context())
		switch {
		case !ok:
			a.refuse(rw, r, "signed_out", w)
		case !w.fulfilledBy(s, a.config.Now()):
			a.refuse(rw, r, "insufficient_user_authentication", w) // RFC 9470, section 3
		default:
			next.ServeHTTP(rw, r)
		}
	}))
}

// refuse sends a person to sign in, and answers any other request with the reason of the refusal.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, code string, requirement requirement) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case isScript(r):
		writeJSON(w, http.StatusUnauthorized, refusal{Error: code, Signin: a.loginURL(a.pageOf(r), requirement)})
	case asksForPage(r):
		http.Redirect(w, r, a.loginURL(a.pageHere(r), requirement), http.StatusSeeOther)
	default:
		notSaved(w, a.loginURL(a.paths.done, requirement))
	}
}

// refusal is the answer to a script without a session.
type refusal struct {
	Error  string `json:"error"`
	Reason string `json:"reason,omitempty"` // one of the Ended constants of package apsid, where it is known
	Signin string `json:"signin"`           // where to send the person
}

func (a *App) loginURL(returnTo string, requirement requirement) string {
	query := url.Values{"return": {returnTo}}
	if requirement.acr != "" {
		query.Set("acr", requirement.acr)
	}
	if requirement.maxAge > 0 {
		query.Set("max_age", strconv.Itoa(int(requirement.maxAge/time.Second)))
	}
	return a.paths.login + "?" + query.Encode()
}

// requirement is what a page requires of a sign-in beside that there is one.
type requirement struct {
	acr    string
	maxAge time.Duration // 0: the sign-in may be of any age
}

func (w requirement) fulfilledBy(s Session, now time.Time) bool {
	return apsid.Satisfies(s.ACR, w.acr) && (w.maxAge == 0 || now.Sub(s.AuthTime) <= w.maxAge)
}

// isScript reports whether a script sent the request: by Fetch Metadata where the browser sends it, else by the Accept header.
func isScript(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode != "navigate"
	}
	accept := r.Header.Get("Accept")
	return r.Header.Get("X-Requested-With") == "XMLHttpRequest" ||
		strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// asksForPage reports whether a browser is going to this URL, to show it in a tab.
func asksForPage(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && (dest == "" || dest == "document")
}

// byHand reports whether a person brought the browser here: followed a link, sent a form, typed the address. A page that
// reloads itself, a script, a frame and an image never say so (Fetch Metadata, section 2.4).
func byHand(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-User") == "?1" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// pageOf is the page of this app that a script's request came from, or its home: a script's own URL is no page to return to.
func (a *App) pageOf(r *http.Request) string {
	from, err := url.Parse(r.Header.Get("Referer"))
	if err != nil || from.Host != r.Host && from.Scheme+"://"+from.Host != a.origin { // a proxy may have replaced Host
		return ""
	}
	return a.destination(from.RequestURI())
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // an error means the browser went away
}
