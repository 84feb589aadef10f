package rp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"time"
)

// App lets people sign in to one app.
type App struct {
	config    Config
	discovery *discovery
	cookies   cookies
	attempts  attempts
	callback  string // paths of the app
	login     string
	logout    string
}

// New checks the configuration. It does not call the provider: that happens when the first person signs in.
func New(config Config) (*App, error) {
	config, callback, err := config.complete()
	if err != nil {
		return nil, err
	}
	beside := path.Dir(callback.Path)
	return &App{
		config:    config,
		discovery: &discovery{config: config},
		cookies:   newCookies(config.ClientID, callback.Scheme == "https"),
		attempts:  newAttempts(config.ClientID, config.ClientSecret),
		callback:  callback.Path,
		login:     path.Join(beside, "login"),
		logout:    path.Join(beside, "logout"),
	}, nil
}

// LoginPath starts a sign-in; a `return` parameter names the path to come back to. Register its URL as the client's
// initiate_login_uri (OpenID Connect Core, section 4).
func (a *App) LoginPath() string { return a.login }

// LogoutPath ends the session, by POST.
func (a *App) LogoutPath() string { return a.logout }

// Handler serves the login, callback and logout paths and hands everything else to next.
func (a *App) Handler(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+a.login, a.serveLogin)
	mux.HandleFunc("GET "+a.callback, a.serveCallback)
	mux.Handle("POST "+a.logout, http.NewCrossOriginProtection().Handler(http.HandlerFunc(a.serveLogout)))
	mux.Handle("/", next)
	return mux
}

// Load puts the session of the request, if there is one, where SessionFrom finds it.
func (a *App) Load(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := a.current(r)
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

// Require lets signed-in people through. It sends others to sign in and back to the page they asked for; what is not a page
// (a POST, a script's request) gets 401.
func (a *App) Require(next http.Handler) http.Handler {
	return a.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := SessionFrom(r.Context()); ok {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if !asksForPage(r) {
			http.Error(w, "Sign in first.", http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, a.login+"?return="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	}))
}

// current returns the live session of the request or ErrNoSession.
func (a *App) current(r *http.Request) (Session, error) {
	cookie := a.cookies.get(r, a.cookies.sessionName())
	if cookie == "" {
		return Session{}, ErrNoSession
	}
	s, err := a.config.Store.Find(r.Context(), storeKey(cookie))
	if err != nil {
		return Session{}, err
	}
	if !a.config.Now().Before(s.ExpiresAt) {
		return Session{}, ErrNoSession
	}
	return s, nil
}

// startSession replaces the session of this browser, if any, by s under a new cookie.
func (a *App) startSession(w http.ResponseWriter, r *http.Request, s Session, now time.Time) error {
	if old := a.cookies.get(r, a.cookies.sessionName()); old != "" {
		if err := a.config.Store.Delete(r.Context(), storeKey(old)); err != nil {
			return err
		}
	}
	cookie := randomValue()
	if err := a.config.Store.Save(r.Context(), storeKey(cookie), s); err != nil {
		return err
	}
	a.cookies.set(w, a.cookies.sessionName(), cookie, s.ExpiresAt.Sub(now))
	return nil
}

// asksForPage reports whether a browser is going to this URL (Fetch Metadata, where it is sent).
func asksForPage(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && (dest == "" || dest == "document")
}
