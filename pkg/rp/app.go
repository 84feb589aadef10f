package rp

import (
	"context"
	"errors"
	"net/http"
	"path"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// App lets people sign in to one app.
type App struct {
	config    Config
	discovery *discovery
	cookies   cookies
	attempts  attempts
	persons   persons
	paths     paths
	origin    string // of the app, as browsers see it
	underway  *underway
	proof     proof
}

// paths of the app that this package serves, as browsers see them.
type paths struct{ login, callback, logout, backchannel, activity, session, script, style, done string }

// New checks the configuration. It does not call the provider: that happens when the first person signs in.
func New(config Config) (*App, error) {
	config, callback, err := config.complete()
	if err != nil {
		return nil, err
	}
	proof, err := newProof(config)
	if err != nil {
		return nil, err
	}
	beside := func(name string) string { return path.Join(path.Dir(callback.Path), name) }
	return &App{
		config:    config,
		discovery: &discovery{config: config},
		cookies:   newCookies(config.ClientID, callback.Scheme == "https"),
		attempts:  newAttempts(config.ClientID, config.CookieSecret),
		persons:   newPersons(config.ClientID, config.CookieSecret),
		underway:  &underway{names: map[string]bool{}},
		proof:     proof,
		origin:    callback.Scheme + "://" + callback.Host,
		paths: paths{
			login: beside("login"), callback: callback.Path, logout: beside("logout"), backchannel: beside("backchannel-logout"),
			activity: beside("activity"), session: beside("session"), script: beside("session.js"), style: beside("session.css"),
			done: beside("signed-in"),
		},
	}, nil
}

// LoginPath starts a sign-in; a `return` parameter names the path to come back to. It is the path that browsers see, as are those of
// the other methods. Register its URL as the client's
// initiate_login_uri (OpenID Connect Core, section 4).
func (a *App) LoginPath() string { return a.paths.login }

// LogoutPath ends the session, by POST.
func (a *App) LogoutPath() string { return a.paths.logout }

// BackchannelLogoutPath takes the provider's word that a session has ended. Register its URL as the client's
// backchannel_logout_uri.
func (a *App) BackchannelLogoutPath() string { return a.paths.backchannel }

// ScriptPath is the script that belongs on every page behind Require: <script src="…" defer></script>. It tells the app of the
// person's input, warns before the session ends, and covers the page once it has. A content security policy needs
// `script-src 'self'; style-src 'self'; connect-src 'self'` for it.
func (a *App) ScriptPath() string { return a.paths.script }

// Handler serves the paths of this package and hands everything else to next. Where a proxy has taken a Prefix off the request's
// path, next sees it without, as the proxy sent it.
func (a *App) Handler(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection()
	_ = own.AddTrustedOrigin(a.origin) // a proxy may have replaced Host; this origin was parsed from a URL, so it is one
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+a.paths.login, a.serveLogin)
	mux.HandleFunc("GET "+a.paths.callback, a.serveCallback)
	mux.HandleFunc("GET "+a.paths.done, a.serveDone)
	mux.Handle("POST "+a.paths.logout, own.Handler(http.HandlerFunc(a.serveLogout)))
	mux.HandleFunc("POST "+a.paths.backchannel, a.serveBackchannelLogout)
	mux.Handle("POST "+a.paths.activity, own.Handler(http.HandlerFunc(a.serveActivity)))
	mux.HandleFunc("GET "+a.paths.session, a.serveSession)
	mux.Handle("GET "+a.paths.script, assetHandler("session.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET "+a.paths.style, assetHandler("session.css", "text/css; charset=utf-8"))
	if a.config.Prefix == "" {
		mux.Handle("/", next)
		return mux
	}
	mux.Handle("/", http.StripPrefix(a.config.Prefix, next))
	return unstrip(a.config.Prefix, mux)
}

// current returns the live session of the request or ErrNoSession.
func (a *App) current(r *http.Request) (Session, error) {
	cookie := a.cookies.get(r, a.cookies.sessionName())
	if cookie == "" {
		return Session{}, ErrNoSession
	}
	return a.find(r.Context(), storeKey(cookie))
}

// find returns the live session under key or ErrNoSession.
func (a *App) find(ctx context.Context, key string) (Session, error) {
	return a.findWithin(ctx, key, 0)
}

// findWithin is find for a session that may have ended by inactivity up to an allowance ago. One that is over for good is
// forgotten.
func (a *App) findWithin(ctx context.Context, key string, allowance time.Duration) (Session, error) {
	s, err := a.config.Store.Find(ctx, key)
	if err != nil {
		return Session{}, err
	}
	s.key = key
	now := a.config.Now()
	switch {
	case !now.Before(s.ExpiresAt):
		return Session{}, a.over(ctx, s, apsid.EndedLifetime)
	case !now.Before(s.End().Add(reportAllowance)):
		return Session{}, a.over(ctx, s, apsid.EndedIdle)
	case !now.Before(s.End().Add(allowance)):
		return Session{}, &ended{reason: apsid.EndedIdle}
	default:
		return s, nil
	}
}

// change applies a change to the session as it is stored now, whatever others changed meanwhile, and returns it.
func (a *App) change(ctx context.Context, key string, change func(*Session)) (Session, error) {
	for {
		s, err := a.findWithin(ctx, key, reportAllowance)
		if err != nil {
			return Session{}, err
		}
		change(&s)
		err = a.config.Store.Update(ctx, key, s)
		if !errors.Is(err, ErrChanged) {
			s.Version++
			return s, err
		}
	}
}

// replace forgets the session under key for the next one. One that is another at the provider, too, is given back there.
func (a *App) replace(ctx context.Context, key string, next Session) error {
	old, err := a.config.Store.Find(ctx, key)
	if err == nil && old.SID != next.SID {
		a.revoke(ctx, old.RefreshToken)
	}
	return a.config.Store.Delete(ctx, key)
}

// startSession replaces the session of this browser, if any, by s under a new cookie.
func (a *App) startSession(w http.ResponseWriter, r *http.Request, s Session, now time.Time) error {
	if old := a.cookies.get(r, a.cookies.sessionName()); old != "" {
		if err := a.replace(r.Context(), storeKey(old), s); err != nil {
			return err
		}
	}
	cookie := randomValue()
	if err := a.config.Store.Create(r.Context(), storeKey(cookie), s); err != nil {
		return err
	}
	a.cookies.set(w, a.cookies.sessionName(), cookie, s.ExpiresAt.Sub(now))
	a.cookies.set(w, a.cookies.personName(), a.persons.name(s.Subject), s.ExpiresAt.Sub(now)+personMemory)
	return nil
}
