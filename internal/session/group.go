package session

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Candidate is a session of another app of the group, on whose proofs this browser may enter.
type Candidate struct {
	From   idp.SignedIn
	Answer policy.Join
}

// FindCandidate looks for a live session of this browser at another app of the client's group. cookie returns this browser's
// session cookie at an app; zero if it has none. The answer says whether the group's rules let the browser in; the caller has to
// check whether the proofs are strong and fresh enough for the request.
func (s *Service) FindCandidate(ctx context.Context, client idp.Client, cookie func(idp.ClientID) (idp.Secret, error), now time.Time) (Candidate, error) {
	if client.SignOnGroup == "" {
		return Candidate{Answer: policy.JoinNoGroup}, nil
	}
	apps, err := s.Clients.ListApps(ctx)
	if err != nil {
		return Candidate{}, err
	}
	found := Candidate{Answer: policy.JoinNobody}
	for _, other := range apps {
		if other.ID == client.ID || other.SignOnGroup != client.SignOnGroup {
			continue
		}
		c, err := s.candidate(ctx, client, other, cookie, now)
		if err != nil {
			return Candidate{}, err
		}
		if c.Answer == policy.JoinGranted {
			return c, nil
		}
		if c.Answer != policy.JoinNobody {
			found = c
		}
	}
	return found, nil
}

func (s *Service) candidate(ctx context.Context, client, other idp.Client, cookie func(idp.ClientID) (idp.Secret, error), now time.Time) (Candidate, error) {
	secret, err := cookie(other.ID)
	if err != nil {
		return Candidate{}, err
	}
	here, err := s.Current(ctx, secret, other, now)
	if gone(err) {
		return Candidate{Answer: policy.JoinNobody}, nil
	}
	if err != nil {
		return Candidate{}, err
	}
	from := &here.Session
	family, err := s.Sessions.ListSignOn(ctx, from.SignOn)
	if err != nil {
		return Candidate{}, err
	}
	family, _ = s.newest(ctx, family...) // without Redis, the older time counts here too
	answer := policy.MayJoin(client, *from, family, now)
	for _, each := range family { // activity anywhere in the sign-in is the person's: a session that joins it must not begin at its own end
		if each.EndedAt.IsZero() && each.LastActivity.After(from.LastActivity) {
			from.LastActivity = each.LastActivity
		}
	}
	return Candidate{From: here, Answer: answer}, nil
}

// Join starts a session at the client on the proofs of a candidate that was granted: same person, same strength, same time of
// the proofs, a lifetime of its own counted from them, and the cookie's hash. It is no activity of the person. may is asked about the
// person as they are in the transaction that starts the session.
//
// idp.ErrConflict: the sign-in has a session at this app already, or has ended meanwhile, or may said no.
func (s *Service) Join(ctx context.Context, client idp.Client, from idp.Session, cookie idp.Secret, event idp.AuditEvent, may func(idp.Account) bool, now time.Time) (idp.Session, error) {
	joined := idp.Session{
		ID: idp.NewSID(), PracticeID: from.PracticeID, UserID: from.UserID, ClientID: client.ID, BrowserHash: cookie.Hash(),
		ACR: from.ACR, AMR: from.AMR, Factors: from.Factors, AuthTime: from.AuthTime, CreatedAt: now, ExpiresAt: policy.SessionEnd(client, from.AuthTime),
		LastActivity: from.LastActivity, SignOn: from.SignOn,
	}
	event.SID = joined.ID
	if err := s.Sessions.JoinSession(ctx, joined, event, may); err != nil {
		return idp.Session{}, err
	}
	return joined, nil
}

// EndSignOn is End for a session and all others that rest on the same sign-in: a person who signs out of a shared sign-in signs
// out at all its apps (ISM-2067). event is written for each, with its session and app filled in.
func (s *Service) EndSignOn(ctx context.Context, one idp.Session, reason idp.EndReason, event idp.AuditEvent, now time.Time) error {
	for {
		family, err := s.Sessions.ListSignOn(ctx, one.SignOn)
		if err != nil {
			return err
		}
		open := 0
		for _, each := range family {
			if !each.EndedAt.IsZero() {
				continue
			}
			open++
			event.ID = idp.NthEventID(now, open)
			event.PracticeID, event.UserID, event.ClientID, event.SID = each.PracticeID, each.UserID, each.ClientID, each.ID
			if err := s.End(ctx, each.ID, reason, event, now); err != nil {
				return err
			}
		}
		if open == 0 {
			return nil
		}
		// Another app may have been entered since the list was read. Now that the first session is over none can be any more,
		// so the next look sees all that there will ever be.
	}
}
