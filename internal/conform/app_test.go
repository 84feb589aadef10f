package conform_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// app is written without package rp, as apps in other languages are. Without faults it keeps the contract.
type app struct {
	setting
	faults   map[fault]bool
	oauth    oauth2.Config
	provider *oidc.Provider

	mu       sync.Mutex
	sessions map[string]*session // by cookie
	attempts map[string]attempt  // by state; read only with the fault that finds them here
	jtis     map[string]bool
}

type session struct {
	sub, sid, idToken     string
	access, refresh       string
	accessEnds, ends      time.Time
	idle                  time.Duration
	lastInput, reportedAt time.Time
	renewing              sync.Mutex
}

type attempt struct{ State, Nonce, Verifier, Return string }

func newApp(t *testing.T, s setting, faults map[fault]bool) http.Handler {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), s.issuer)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{setting: s, faults: faults, provider: provider, sessions: map[string]*session{}, attempts: map[string]attempt{}, jtis: map[string]bool{}}
	a.oauth = oauth2.Config{
		ClientID: clientID, ClientSecret: clientSecret, Endpoint: provider.Endpoint(), RedirectURL: s.origin + "/auth/callback",
		Scopes: []string{"openid", "profile", "email", "offline_access"},
	}
	var own http.Handler = http.HandlerFunc(a.serveActivity)
	if !faults["takes any page's input"] {
		own = http.NewCrossOriginProtection().Handler(own)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /details", a.servePage)
	mux.HandleFunc("GET /home", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /auth/callback", a.serveCallback)
	mux.Handle("POST /auth/activity", own)
	mux.HandleFunc("POST /auth/logout", a.serveSignOut)
	if !faults["no logout"] {
		mux.HandleFunc("POST /auth/backchannel-logout", a.serveLogout)
	}
	return mux
}

func (a *app) servePage(w http.ResponseWriter, r *http.Request) {
	if !a.faults["pages may be stored"] {
		w.Header().Set("Cache-Control", "no-store")
	}
	s := a.current(r)
	if s == nil {
		a.signIn(w, r)
		return
	}
	if r.Header.Get("Sec-Fetch-User") == "?1" || a.faults["polls are input"] {
		a.input(r.Context(), s, 0)
	}
	if a.renew(r.Context(), s); a.current(r) == nil {
		a.signIn(w, r)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// current returns the live session of the request, or nil.
func (a *app) current(r *http.Request) *session {
	cookie, err := r.Cookie("app-session")
	if err != nil {
		return nil
	}
	return a.live(cookie.Value, time.Now())
}

// live returns the session if it had not ended by inactivity then, and has not otherwise by now; nil if it has.
func (a *app) live(cookie string, then time.Time) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.sessions[cookie]
	if s == nil {
		return nil
	}
	idle := s.idle
	if a.faults["ends early"] {
		idle /= 2
	}
	if !a.faults["ignores the lifetime"] && time.Now().After(s.ends) || !a.faults["ignores the idle limit"] && idle > 0 && then.After(s.lastInput.Add(idle)) {
		return nil
	}
	return s
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	at := attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: r.URL.RequestURI()}
	var options []oauth2.AuthCodeOption
	if !a.faults["no PKCE"] {
		options = append(options, oauth2.S256ChallengeOption(at.Verifier))
	}
	if !a.faults["no nonce"] {
		options = append(options, oidc.Nonce(at.Nonce))
	}
	if a.faults["state is a constant"] {
		at.State = "the-state-of-this-app"
	}
	if a.faults["home after the sign-in"] {
		at.Return = "/home"
	}
	if a.faults["session of before the sign-in"] {
		a.setCookie(w, "app-session", rand.Text())
	}
	a.mu.Lock()
	a.attempts[at.State] = at
	a.mu.Unlock()
	raw, _ := json.Marshal(at)
	a.setCookie(w, "app-attempt", url.QueryEscape(string(raw)))
	http.Redirect(w, r, a.oauth.AuthCodeURL(at.State, options...), http.StatusSeeOther)
}

func (a *app) setCookie(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: !a.faults["cookie for scripts"], SameSite: http.SameSiteLaxMode}
	if a.faults["cookie to other sites"] {
		c.SameSite = http.SameSiteNoneMode
	}
	http.SetCookie(w, c)
}

func (a *app) serveCallback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	query := r.URL.Query()
	at, ok := a.attempt(r)
	iss := query.Get("iss")
	switch {
	case !ok, query.Get("state") != at.State && !a.faults["any state"]:
		http.Error(w, "stale", http.StatusBadRequest)
	case iss != a.issuer && !a.faults["any iss"] && (iss != "" || !a.faults["iss when it is there"]):
		http.Error(w, "of another provider", http.StatusBadRequest)
	case query.Has("error") && a.faults["loops on errors"]:
		http.Redirect(w, r, at.Return, http.StatusSeeOther)
	case query.Has("error"):
		http.Error(w, "refused", http.StatusForbidden)
	default:
		a.redeem(w, r, at, query.Get("code"))
	}
}

func (a *app) attempt(r *http.Request) (attempt, bool) {
	if a.faults["attempts on the server"] {
		a.mu.Lock()
		defer a.mu.Unlock()
		at, ok := a.attempts[r.URL.Query().Get("state")]
		return at, ok
	}
	var at attempt
	cookie, err := r.Cookie("app-attempt")
	if err != nil {
		return at, false
	}
	raw, err := url.QueryUnescape(cookie.Value)
	return at, err == nil && json.Unmarshal([]byte(raw), &at) == nil
}

func (a *app) redeem(w http.ResponseWriter, r *http.Request, at attempt, code string) {
	token, err := a.oauth.Exchange(r.Context(), code, oauth2.VerifierOption(at.Verifier))
	if err != nil {
		http.Error(w, "no token", http.StatusBadGateway)
		return
	}
	raw, _ := token.Extra("id_token").(string)
	loose := a.faults["believes unsigned tokens"]
	verifier := a.provider.Verifier(&oidc.Config{ClientID: clientID, SupportedSigningAlgs: a.algs, SkipClientIDCheck: loose, SkipExpiryCheck: loose, SkipIssuerCheck: loose, InsecureSkipSignatureCheck: loose})
	idToken, err := verifier.Verify(r.Context(), raw)
	if err != nil || idToken.Nonce != at.Nonce && !a.faults["any nonce"] && !a.faults["no nonce"] {
		http.Error(w, "no ID token for this sign-in", http.StatusBadGateway)
		return
	}
	var more struct{ SID string }
	if err := idToken.Claims(&more); err != nil {
		http.Error(w, "claims", http.StatusBadGateway)
		return
	}
	seconds := func(name string) time.Duration {
		n, _ := token.Extra(name).(float64)
		return time.Duration(n) * time.Second
	}
	now := time.Now()
	cookie := rand.Text()
	if old, err := r.Cookie("app-session"); err == nil && a.faults["session of before the sign-in"] {
		cookie = old.Value
	}
	a.mu.Lock()
	a.sessions[cookie] = &session{
		sub: idToken.Subject, sid: more.SID, idToken: raw, access: token.AccessToken, accessEnds: token.Expiry, refresh: token.RefreshToken,
		ends: now.Add(seconds("session_expires_in")), idle: seconds("session_idle_timeout"), lastInput: now,
	}
	a.mu.Unlock()
	a.setCookie(w, "app-session", cookie)
	http.Redirect(w, r, at.Return, http.StatusSeeOther)
}

// renew gets new tokens when the access token is over.
func (a *app) renew(ctx context.Context, s *session) {
	if !a.faults["renews twice"] {
		s.renewing.Lock()
		defer s.renewing.Unlock()
	}
	a.mu.Lock()
	due, old := time.Now().After(s.accessEnds), s.refresh
	a.mu.Unlock()
	if !due {
		return
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old}, "client_id": {clientID}, "client_secret": {clientSecret}}
	response, err := http.PostForm(a.provider.Endpoint().TokenURL, form)
	if err != nil {
		return
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Expires int    `json:"expires_in"`
		Error   string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return
	}
	switch {
	case body.Error == "invalid_grant" && !a.faults["deaf to refused renewals"], body.Error != "" && a.faults["ends when the provider is away"]:
		a.end(func(other *session) bool { return other == s })
	case body.Error == "":
		a.mu.Lock()
		defer a.mu.Unlock()
		s.access, s.refresh, s.accessEnds = body.Access, body.Refresh, time.Now().Add(time.Duration(body.Expires)*time.Second)
		if a.faults["renewals are input"] {
			s.lastInput = time.Now()
		}
	}
}

// input notes that the person did something so long ago, and tells the provider.
func (a *app) input(ctx context.Context, s *session, age time.Duration) {
	now := time.Now()
	a.mu.Lock()
	if at := now.Add(-age); at.After(s.lastInput) {
		s.lastInput = at
	}
	due := now.Sub(s.reportedAt) >= time.Minute || a.faults["reports every input"]
	due = due && !a.faults["never reports"]
	if due {
		s.reportedAt = now
	}
	access := s.access
	a.mu.Unlock()
	if !due {
		return
	}
	body, _ := json.Marshal(map[string]int{"idle_seconds": int(age / time.Second)})
	switch {
	case a.faults["input is now"]:
		body = []byte(`{"idle_seconds":0}`)
	case a.faults["reports have no age"]:
		body = []byte(`{}`)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.issuer+"/session/activity", strings.NewReader(string(body)))
	if err != nil {
		return
	}
	request.Header.Set("Authorization", "Bearer "+access)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusUnauthorized && !a.faults["deaf to refused reports"] {
		a.end(func(other *session) bool { return other == s })
	}
}

func (a *app) serveActivity(w http.ResponseWriter, r *http.Request) {
	var body struct {
		IdleSeconds int `json:"idle_seconds"`
	}
	cookie, err := r.Cookie("app-session")
	if err != nil || json.NewDecoder(r.Body).Decode(&body) != nil {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	age := time.Duration(body.IdleSeconds) * time.Second
	late := age
	if a.faults["late input is lost"] {
		late = 0
	}
	s := a.live(cookie.Value, time.Now().Add(-late))
	if s == nil {
		http.Error(w, "over", http.StatusUnauthorized)
		return
	}
	a.input(r.Context(), s, age)
	w.WriteHeader(http.StatusNoContent)
}

func (a *app) serveSignOut(w http.ResponseWriter, r *http.Request) {
	s := a.current(r)
	a.setCookie(w, "app-session", "")
	if s == nil || a.faults["sign-out here only"] {
		http.Redirect(w, r, "/home", http.StatusSeeOther)
		return
	}
	if !a.faults["sign-out in the browser only"] {
		a.end(func(other *session) bool { return other == s })
	}
	query := url.Values{"client_id": {clientID}}
	if !a.faults["sign-out without a hint"] {
		query.Set("id_token_hint", s.idToken)
	}
	http.Redirect(w, r, a.issuer+"/signout?"+query.Encode(), http.StatusSeeOther)
}

// end ends the sessions for which meant returns true.
func (a *app) end(meant func(*session) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for cookie, s := range a.sessions {
		if meant(s) {
			delete(a.sessions, cookie)
		}
	}
}
