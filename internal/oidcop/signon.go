package oidcop

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// errJoinAgain says that another request of this browser was faster: asked again, it finds the session that one made.
var errJoinAgain = errors.New("the sign-in was joined by another request")

// share lets this browser in on the proofs of a sign-in at another app of the same sign-on group, if the group's rules allow
// it and if those proofs satisfy the request as an own session's would; otherwise it says what is missing. Sharing is silence,
// so it never brings back what has ended: this app's own session in this browser may have ended only before the proofs.
func (s *Server) share(w http.ResponseWriter, r *http.Request, a authorization, now time.Time) (idp.SignedIn, need, error) {
	candidate, err := s.deps.Sessions.FindCandidate(r.Context(), a.client, s.cookieAt(r), now)
	if err != nil {
		return idp.SignedIn{}, "", err
	}
	if candidate.Answer != policy.JoinGranted {
		return idp.SignedIn{}, needSession, nil
	}
	ended, err := s.endedHere(r, a.client, now)
	if err != nil {
		return idp.SignedIn{}, "", err
	}
	if !candidate.From.Session.AuthTime.After(ended) {
		return idp.SignedIn{}, needSession, nil
	}
	if lacks := missing(a, candidate.From, now); lacks != needNothing {
		return idp.SignedIn{}, lacks, nil
	}
	return s.join(w, r, a, candidate.From, now)
}

// join starts the app's own session, with a cookie of its own.
func (s *Server) join(w http.ResponseWriter, r *http.Request, a authorization, in idp.SignedIn, now time.Time) (idp.SignedIn, need, error) {
	client, from, cookie := a.client, in.Session, idp.RandomSecret(32)
	may := func(account idp.Account) bool {
		return missing(a, idp.SignedIn{Session: from, User: account.User, Practice: account.Practice}, now) == needNothing
	}
	event := s.event(idp.EventSessionJoined, s.callerOf(r), func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorUser, ID: string(from.UserID)}
		e.PracticeID, e.UserID, e.ClientID = from.PracticeID, from.UserID, client.ID
		e.Result, e.Reason = idp.ResultSuccess, idp.ReasonSignOnGroup
		e.Details = map[string]string{"from": string(from.ClientID), "sign_on": string(from.SignOn)}
	})
	joined, err := s.deps.Sessions.Join(r.Context(), client, from, cookie, event, may, now)
	if errors.Is(err, idp.ErrConflict) {
		return idp.SignedIn{}, "", errJoinAgain
	}
	if err != nil {
		return idp.SignedIn{}, "", fmt.Errorf("join a sign-in: %w", err)
	}
	s.deps.Cookies.SetSession(w, client.ID, cookie, policy.LifetimeEnd(joined, client).Sub(now))
	in.Session = joined
	return in, needNothing, nil
}

// cookieAt returns this browser's session cookies, one app at a time.
func (s *Server) cookieAt(r *http.Request) func(idp.ClientID) (idp.Secret, error) {
	return func(id idp.ClientID) (idp.Secret, error) { return s.deps.Cookies.Session(r, id) }
}

// endedHere is when this browser's last session at the app ended; zero if it knows of none. One that lapsed by inactivity and
// was not closed yet ends now: SQL's last activity is behind, so there is no telling when it was.
func (s *Server) endedHere(r *http.Request, client idp.Client, now time.Time) (time.Time, error) {
	last, found, err := s.lastHere(r, client.ID)
	if err != nil || !found {
		return time.Time{}, err
	}
	switch _, reason := policy.SessionState(last, client, now); {
	case !last.EndedAt.IsZero():
		return last.EndedAt, nil
	case reason == idp.EndIdle:
		return now, nil
	default:
		return policy.LifetimeEnd(last, client), nil
	}
}

// lastHere returns this browser's session at the app, over or not.
func (s *Server) lastHere(r *http.Request, id idp.ClientID) (last idp.Session, found bool, err error) {
	cookie, err := s.deps.Cookies.Session(r, id)
	if err != nil {
		return idp.Session{}, false, err
	}
	last, err = s.deps.Sessions.FindHere(r.Context(), cookie, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Session{}, false, nil
	}
	if err != nil {
		return idp.Session{}, false, fmt.Errorf("last session of this browser: %w", err)
	}
	return last, true, nil
}
