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
	client idp.Client
	hint   *hint  // nil: none that holds for this client
	uri    string // registered for the client; "" if none was given
	state  string
}

// endSession signs a browser out of one app. An ID token of that app proves that the app asks; without one, or with one of
// somebody else, the person is asked: a link on any site could have brought the browser here.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	values, err := browserParams(w, r)
	if err != nil || duplicated(values) != "" {
		s.refuseHere(w, r, "", reasonMalformed)
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
	s.signOut(w, r, l, s.confirmed(r, values), s.deps.Clock())
}

// readLogout finds out which app is meant, and where its browser may go afterwards.
func (s *Server) readLogout(ctx context.Context, values url.Values) (l logout, reason string, err error) {
	id := idp.ClientID(values.Get("client_id"))
	if h, err := s.readHint(values.Get("id_token_hint")); err == nil && (id == "" || id == h.client()) {
		l.hint, id = &h, h.client()
	}
	l.client, err = s.findClient(ctx, id)
	switch uri := values.Get("post_logout_redirect_uri"); {
	case errors.Is(err, idp.ErrNotFound):
		return logout{}, reasonClient, nil
	case err != nil:
		return logout{}, "", err
	case uri != "" && !slices.Contains(l.client.PostLogoutRedirectURIs, uri):
		return l, reasonRedirect, nil
	default:
		l.uri = uri
	}
	if l.state = values.Get("state"); len(l.state) > maxValue {
		return l, reasonMalformed, nil
	}
	return l, "", nil
}

// confirmed reports whether this is the person's answer to our question: posted from our own page.
func (s *Server) confirmed(r *http.Request, values url.Values) bool {
	return r.Method == http.MethodPost && values.Has(confirmField) && s.forgery.Check(r) == nil
}

// signOut ends what the hint names and what this browser has at the app, or asks first.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, l logout, confirmed bool, now time.Time) {
	cookie, err := s.deps.Cookies.Session(r, l.client.ID)
	if errors.Is(err, browser.ErrTwoCookies) {
		s.deps.Cookies.ClearSession(w, l.client.ID)
		s.refuseHere(w, r, l.client.ID, reasonCookies)
		return
	}
	here, found, err := s.sessionHere(r.Context(), cookie, l.client, now)
	if err != nil {
		s.failHere(w, r, err)
		return
	}
	if found && !confirmed && (l.hint == nil || l.hint.subject() != here.UserID) {
		s.deps.Pages.ConfirmLogout(w, r, s.logoutView(l))
		return
	}
	if err := s.endAll(r, l.sessions(here), now); err != nil {
		s.failHere(w, r, err)
		return
	}
	s.deps.Cookies.ClearSession(w, l.client.ID)
	s.afterLogout(w, r, l)
}

// sessions are those that a logout ends: this browser's, if it has one, and the one the hint names, if that is another.
func (l logout) sessions(here idp.Session) []idp.Session {
	var list []idp.Session
	if here.ID != "" {
		list = append(list, here)
	}
	if l.hint != nil && l.hint.sid() != here.ID {
		list = append(list, l.hint.session())
	}
	return list
}

// sessionHere returns this browser's live session at the app, if it has one.
func (s *Server) sessionHere(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (session idp.Session, found bool, err error) {
	if cookie.IsZero() {
		return idp.Session{}, false, nil
	}
	session, err = s.deps.Sessions.Current(ctx, cookie, client, now)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Session{}, false, nil
	}
	if err != nil {
		return idp.Session{}, false, fmt.Errorf("session of this browser: %w", err)
	}
	return session, true, nil
}

// endAll ends sessions because their person wants it. One that is over already is left alone.
func (s *Server) endAll(r *http.Request, sessions []idp.Session, now time.Time) error {
	for _, session := range sessions {
		event := s.ended(s.callerOf(r), session, string(idp.EndLogout))
		if err := s.deps.Sessions.End(r.Context(), session.ID, idp.EndLogout, event, now); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	return nil
}

// ended is the event of a session that its person ended.
func (s *Server) ended(from caller, session idp.Session, reason string) idp.AuditEvent {
	return s.event(idp.EventSessionEnded, from, func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorUser, ID: string(session.UserID)}
		e.PracticeID, e.UserID, e.ClientID, e.SID = session.PracticeID, session.UserID, session.ClientID, session.ID
		e.Result, e.Reason = idp.ResultSuccess, reason
	})
}

// afterLogout sends the browser where the app wants it, or says that it is signed out.
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
	fields := []FormField{{Name: confirmField, Value: "yes"}, {Name: "client_id", Value: string(l.client.ID)}}
	if l.uri != "" {
		fields = append(fields, FormField{Name: "post_logout_redirect_uri", Value: l.uri})
	}
	if l.state != "" {
		fields = append(fields, FormField{Name: "state", Value: l.state})
	}
	return LogoutView{App: l.client.Name, AppURI: l.client.InitiateLoginURI, Action: pathEndSession, Fields: fields}
}
