package oidcop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

// confirmField marks the post of our own confirmation page.
const confirmField = "confirm"

// logout is a request to sign out (OpenID Connect RP-Initiated Logout 1.0, section 2), checked.
type logout struct {
	client idp.Client // zero: no app is named, so the logout is of every app of this browser
	hint   *hint      // nil: there is none that is valid for this client
	uri    string     // registered for the client; "" if none was given
	state  string
}

// endSession signs a browser out of one app. An ID token of that app proves that the app sent the request; without one, or with
// one of another person, the visitor is asked to confirm: a link on any site could have brought the browser here.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	values, err := browserParams(w, r)
	if err != nil || duplicated(values, "") != "" {
		s.refuseHere(w, r, "", idp.ReasonMalformed)
		return
	}
	l, reason, err := s.readLogout(r.Context(), values)
	if err != nil {
		s.failHere(w, r, err)
		return
	}
	if reason != "" {
		s.refuseHere(w, r, l.client.ID, reason)
		return
	}
	if uri := values.Get("post_logout_redirect_uri"); uri != l.uri { // nobody stays signed in for the app's mistake
		s.recordRefusal(r, l.client.ID, idp.ReasonRedirectURI)
	}
	s.signOut(w, r, l, s.confirmed(r, values), s.deps.Clock())
}

// readLogout finds out which app the visitor is to be signed out of, and where the browser may go afterwards: to an address that the
// app has registered, and otherwise nowhere (section 3), so that the visitor ends on a page of ours.
func (s *Server) readLogout(ctx context.Context, values url.Values) (l logout, reason idp.Reason, err error) {
	id := idp.ClientID(values.Get("client_id"))
	if h, err := s.readHint(ctx, values.Get("id_token_hint")); err == nil && (id == "" || id == h.client()) {
		l.hint, id = &h, h.client()
	}
	if id != "" {
		l.client, err = s.findClient(ctx, id)
	}
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return logout{}, idp.ReasonUnknownClient, nil
	case err != nil:
		return logout{}, "", err
	}
	if uri := values.Get("post_logout_redirect_uri"); slices.Contains(l.client.PostLogoutRedirectURIs, uri) {
		l.uri = uri
	}
	if l.state = values.Get("state"); len(l.state) > maxValue {
		return l, idp.ReasonMalformed, nil
	}
	return l, "", nil
}

// confirmed reports whether the visitor has confirmed: the request is a post of our own confirmation page.
func (s *Server) confirmed(r *http.Request, values url.Values) bool {
	return r.Method == http.MethodPost && values.Has(confirmField) && s.forms.Check(r) == nil
}

// signOut ends the session that the hint names and this browser's sessions at the app and at the others of its sign-on group, or
// asks the visitor first.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, l logout, confirmed bool, now time.Time) {
	here, err := s.signedInHere(r, l)
	if errors.Is(err, browser.ErrTwoCookies) {
		s.clearAll(w, here)
		s.refuseHere(w, r, l.client.ID, idp.ReasonTwoCookies)
		return
	}
	if err != nil {
		s.failHere(w, r, err)
		return
	}
	if !confirmed && !l.proved(here) {
		s.deps.Pages.ConfirmLogout(w, r, s.logoutView(l))
		return
	}
	if err := s.endAll(r, l, here, now); err != nil {
		s.failHere(w, r, err)
		return
	}
	s.clearAll(w, here)
	s.afterLogout(w, r, l)
}

func (s *Server) clearAll(w http.ResponseWriter, here signedIn) {
	for _, app := range here.apps {
		s.deps.Cookies.ClearSession(w, app)
	}
}

// signedIn holds a browser's sessions at an app and at the other apps of its sign-on group; at all apps, if no app is named.
type signedIn struct {
	apps     []idp.ClientID // whose cookies came with the request: a form on another site brings no cookies, and must clear none
	sessions []idp.Session  // that have not been ended; they may have lapsed
}

// signedInHere finds this browser's sessions; beside an error it returns the apps found so far.
func (s *Server) signedInHere(r *http.Request, l logout) (here signedIn, err error) {
	apps, err := s.appsOf(r.Context(), l)
	if err != nil {
		return signedIn{}, err
	}
	for _, app := range apps {
		cookie, err := s.deps.Cookies.Session(r, app)
		if err == nil && cookie.IsZero() {
			continue
		}
		here.apps = append(here.apps, app)
		last, found, err := s.lastHere(r, app)
		if err != nil {
			return here, err
		}
		if found && last.EndedAt.IsZero() {
			here.sessions = append(here.sessions, last)
		}
	}
	return here, nil
}

// appsOf lists the apps that a logout concerns.
func (s *Server) appsOf(ctx context.Context, l logout) ([]idp.ClientID, error) {
	if l.client.ID == "" {
		apps, err := s.deps.Sessions.ListApps(ctx)
		if err != nil {
			return nil, fmt.Errorf("apps: %w", err)
		}
		return apps, nil
	}
	group, err := s.deps.Sessions.ListGroup(ctx, l.client)
	if err != nil {
		return nil, fmt.Errorf("sign-on group: %w", err)
	}
	return append([]idp.ClientID{l.client.ID}, group...), nil
}

// proved reports whether the hint is an ID token of the person who is signed in here: then the visitor need not be asked.
func (l logout) proved(here signedIn) bool {
	for _, each := range here.sessions {
		if l.hint == nil || l.hint.subject() != each.UserID {
			return false
		}
	}
	return true
}

// sessionHere returns this browser's live session at the app, with its person, if it has one.
func (s *Server) sessionHere(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (here idp.SignedIn, found bool, err error) {
	if cookie.IsZero() {
		return idp.SignedIn{}, false, nil
	}
	here, err = s.deps.Sessions.Current(ctx, cookie, client, now)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.SignedIn{}, false, nil
	}
	if err != nil {
		return idp.SignedIn{}, false, fmt.Errorf("session of this browser: %w", err)
	}
	return here, true, nil
}

// endAll ends this browser's sessions and the one that the hint names, because the person asked for it. In a sign-on group that is
// the whole sign-in: a person who signed in to several apps at once signs out of them at once (ISM-2067). A session that is over is
// left alone.
func (s *Server) endAll(r *http.Request, l logout, here signedIn, now time.Time) error {
	sessions := here.sessions
	if l.hint != nil {
		named, err := s.deps.Sessions.Find(r.Context(), l.hint.sid())
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return fmt.Errorf("session of the hint: %w", err)
		}
		if err == nil && named.ClientID == l.client.ID {
			sessions = append(sessions, named)
		}
	}
	end := s.deps.Sessions.EndSignOn
	if l.client.ID != "" && l.client.SignOnGroup == "" {
		end = s.endOne
	}
	for _, each := range sessions {
		if err := end(r.Context(), each, idp.EndLogout, s.ended(s.callerOf(r), each, idp.EndLogout.Reason()), now); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	return nil
}

func (s *Server) endOne(ctx context.Context, one idp.Session, reason idp.EndReason, event idp.AuditEvent, now time.Time) error {
	return s.deps.Sessions.End(ctx, one.ID, reason, event, now)
}

// ended returns the event of a session that the person signed in to it has ended.
func (s *Server) ended(from caller, session idp.Session, reason idp.Reason) idp.AuditEvent {
	return s.event(idp.EventSessionEnded, from, func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorUser, ID: string(session.UserID)}
		e.PracticeID, e.UserID, e.ClientID, e.SID = session.PracticeID, session.UserID, session.ClientID, session.ID
		e.Result, e.Reason = idp.ResultSuccess, reason
	})
}

// afterLogout sends the browser to the address that the app asked for, or shows the page that says that it is signed out.
func (s *Server) afterLogout(w http.ResponseWriter, r *http.Request, l logout) {
	if l.uri == "" {
		s.deps.Pages.SignedOut(w, r, s.logoutView(l))
		return
	}
	if l.state == "" {
		seeOther(w, l.uri)
		return
	}
	seeOther(w, withQuery(l.uri, FormField{Name: "state", Value: l.state}))
}

func (s *Server) logoutView(l logout) LogoutView {
	fields := []FormField{{Name: confirmField, Value: "yes"}}
	if l.client.ID != "" {
		fields = append(fields, FormField{Name: "client_id", Value: string(l.client.ID)})
	}
	if l.uri != "" {
		fields = append(fields, FormField{Name: "post_logout_redirect_uri", Value: l.uri})
	}
	if l.state != "" {
		fields = append(fields, FormField{Name: "state", Value: l.state})
	}
	return LogoutView{App: l.client.Name, AppURI: l.client.InitiateLoginURI, Action: pathEndSession, Fields: fields}
}
