package oidcop

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
)

// A token that was exchanged is good while its session is, and while everything holds on which each exchange rested: the pair, the two
// clients, and the rules of the app that the API is part of. So what is taken away counts with the next question, not when the token ends.

// inspectExchanged is inspect for such a token. The session is of the app that the chain began at, and not of the client that the token was
// given to. Whether that app is enabled, and the session strong enough for it, is for sufficient to ask.
func (s *Server) inspectExchanged(ctx context.Context, a access, now time.Time) (access, error) {
	in, err := s.deps.Sessions.FindUnspent(ctx, a.SID, a.name, now)
	if err != nil {
		return access{}, err
	}
	if a.client, err = s.findOther(ctx, in.Session.ClientID); err != nil {
		return access{}, err
	}
	if a.holder, err = s.deps.Sessions.CheckFound(ctx, in, a.client, now); err != nil {
		return access{}, err
	}
	return a, s.checkLinks(ctx, a, now)
}

// checkLinks walks the chain, the latest link first: each actor called the API that is the actor before it in the list, and the latest one
// the API that the token is for. It is idp.ErrNotFound if one link does not hold.
func (s *Server) checkLinks(ctx context.Context, a access, now time.Time) error {
	if len(a.Audience) != 1 || len(a.Actors) > policy.MostActors {
		return idp.ErrNotFound
	}
	api, err := s.findAPI(ctx, a.Audience[0])
	if err != nil {
		return err
	}
	for _, id := range a.Actors {
		caller, err := s.findOther(ctx, id)
		if err != nil {
			return err
		}
		if err := s.checkLink(ctx, a, caller, api, now); err != nil {
			return err
		}
		api = caller
	}
	return nil
}

func (s *Server) checkLink(ctx context.Context, a access, caller, api idp.Client, now time.Time) error {
	pair, found := policy.Pair(caller, api)
	if !found || !within(a.Scopes, pair.Scopes) {
		return idp.ErrNotFound
	}
	app, err := s.findOther(ctx, api.PartOf)
	if err != nil {
		return err
	}
	if policy.Suffices(a.ACR, a.holder.User, a.holder.Practice, app, now) != policy.FallenNothing {
		return idp.ErrNotFound
	}
	err = s.deps.Sessions.CheckElsewhere(ctx, a.holder, app, now)
	var ended *session.Ended
	if errors.As(err, &ended) {
		return idp.ErrNotFound
	}
	return err
}

// findOther returns a client that a request concerns, and that does not make it: it is not the one that the log names.
func (s *Server) findOther(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	if id == "" || len(id) > maxClientID {
		return idp.Client{}, idp.ErrNotFound
	}
	return s.deps.Clients.FindClient(ctx, id)
}
