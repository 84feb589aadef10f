package timesheets

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/rp"
)

//go:embed page.gohtml app.css
var files embed.FS

// Config says which app to play.
type Config struct {
	Name    string // "Cloud Timesheets"
	Signin  rp.Config
	Logger  *slog.Logger
	Product string // what the app is for, in a sentence
	Entry   string // what people write down in it; "": "Timesheet entry"
}

// App is the stand-in.
type App struct {
	config Config
	signin *rp.App
	page   *template.Template
	policy string
	css    []byte
	book   *book
}

// New returns the app, or an error that names what is wrong with the configuration.
func New(config Config) (*App, error) {
	config.Signin.Logger = config.Logger
	if config.Entry == "" {
		config.Entry = "Timesheet entry"
	}
	app := &App{config: config, book: newBook()}
	config.Signin.Failed = app.serveFailure
	signin, err := rp.New(config.Signin)
	if err != nil {
		return nil, err
	}
	page, err := template.ParseFS(files, "page.gohtml")
	if err != nil {
		return nil, fmt.Errorf("timesheets: %w", err)
	}
	css, err := files.ReadFile("app.css")
	if err != nil {
		return nil, fmt.Errorf("timesheets: %w", err)
	}
	issuer, err := url.Parse(config.Signin.Issuer)
	if err != nil {
		return nil, fmt.Errorf("timesheets: issuer: %w", err)
	}
	// Signing out posts here and is sent on to the provider: browsers hold form-action against that redirect as well.
	app.policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self' " + issuer.Scheme + "://" + issuer.Host +
		"; frame-ancestors 'none'; base-uri 'none'"
	app.signin, app.page, app.css = signin, page, css
	return app, nil
}

// Handler serves the app: "/" for every visitor, "/details" and the form "/entry" for people who are signed in, and the paths of
// package rp.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", a.signin.Load(http.HandlerFunc(a.serveHome)))
	mux.Handle("GET /details", a.signin.Require(http.HandlerFunc(a.serveDetails)))
	mux.Handle("GET /entry", a.signin.Require(http.HandlerFunc(a.serveEntry)))
	mux.Handle("POST /entry", http.NewCrossOriginProtection().Handler(a.signin.Require(http.HandlerFunc(a.saveEntry))))
	mux.HandleFunc("GET /app.css", a.serveCSS)
	return a.signin.Handler(mux)
}

// view is what the page shows.
type view struct {
	App, Product, Entry   string
	Login, Logout, Script string
	SignedIn, Details     bool
	Form                  bool
	Entries               []entry
	Session               rp.Session
	AMR, AuthTime, Expiry string
	Failure               string
}

func (a *App) view(r *http.Request) view {
	v := view{
		App: a.config.Name, Product: a.config.Product, Entry: a.config.Entry,
		Login: a.signin.LoginPath(), Logout: a.signin.LogoutPath(), Script: a.signin.ScriptPath(),
	}
	v.Session, v.SignedIn = rp.SessionFrom(r.Context())
	v.AMR = strings.Join(v.Session.AMR, " ")
	v.AuthTime = v.Session.AuthTime.UTC().Format(time.RFC3339)
	v.Expiry = v.Session.ExpiresAt.UTC().Format(time.RFC3339)
	return v
}

func (a *App) serveHome(w http.ResponseWriter, r *http.Request) {
	a.render(w, http.StatusOK, a.view(r))
}

func (a *App) serveDetails(w http.ResponseWriter, r *http.Request) {
	v := a.view(r)
	v.Details = true
	a.render(w, http.StatusOK, v)
}

func (a *App) serveFailure(w http.ResponseWriter, r *http.Request, f rp.Failure) {
	v := a.view(r)
	v.Failure = f.Code
	a.render(w, f.Status, v)
}

func (a *App) serveCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	_, _ = w.Write(a.css)
}

func (a *App) render(w http.ResponseWriter, status int, v view) {
	var page bytes.Buffer
	if err := a.page.Execute(&page, v); err != nil {
		a.config.Logger.Error("page not rendered", "error", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", a.policy)
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}
