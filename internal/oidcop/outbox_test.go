package oidcop_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// told is the outbox: what apps are to be told.
type told struct {
	mu      sync.Mutex
	logouts []idp.Logout
}

func (o *told) Enqueue(context.Context, *sql.Tx, idp.Notice) error { return nil }

func (o *told) EnqueueLogouts(_ context.Context, _ *sql.Tx, logouts []idp.Logout) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.logouts = append(o.logouts, logouts...)
	return nil
}

// apps are those that are to be told, and why, in the order of their names.
func (o *told) apps() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []string
	for _, l := range o.logouts {
		list = append(list, string(l.ClientID)+" "+string(l.Reason))
	}
	slices.Sort(list)
	return list
}

// forget is what a server does when sessions have ended.
func (h *house) forget(ctx context.Context, ids []idp.SID) {
	if err := h.redis.Activity().Forget(ctx, ids); err != nil {
		h.t.Error(err)
	}
}

// outdated is what a server does when it may have been told of an access token what does not hold any more.
func (h *house) outdated(ctx context.Context, what []idp.Copied) {
	if !slices.Contains(what, idp.CopiedStanding) {
		return
	}
	if err := h.redis.Standing().Change(ctx); err != nil {
		h.t.Log(err) // a server logs it
	}
}

// Version implements standing.Versions, also when the test takes another Redis.
func (h *house) Version(ctx context.Context) (string, error) { return h.redis.Standing().Version(ctx) }

// sessions are the sessions in SQL, which may not answer.
type sessions struct {
	*sqlstore.Store
	outage *outage
}

func (s sessions) FindSession(ctx context.Context, id idp.SID) (idp.Session, error) {
	if err := s.outage.err(); err != nil {
		return idp.Session{}, err
	}
	return s.Store.FindSession(ctx, id)
}

func (s sessions) FindSignedIn(ctx context.Context, id idp.SID) (idp.SignedIn, error) {
	if err := s.outage.err(); err != nil {
		return idp.SignedIn{}, err
	}
	return s.Store.FindSignedIn(ctx, id)
}

func (s sessions) FindSignedInUnspent(ctx context.Context, id idp.SID, name string, now time.Time) (idp.SignedIn, error) {
	if err := s.outage.err(); err != nil {
		return idp.SignedIn{}, err
	}
	return s.Store.FindSignedInUnspent(ctx, id, name, now)
}

func (s sessions) TouchSession(ctx context.Context, id idp.SID, at time.Time) error {
	if err := s.outage.err(); err != nil {
		return err
	}
	return s.Store.TouchSession(ctx, id, at)
}

// joins lets another request be faster.
type joins struct{ before func() }

type racing struct {
	*session.Service
	join *joins
}

func (r racing) Join(ctx context.Context, client idp.Client, from idp.Session, cookie idp.Secret, event idp.AuditEvent, may func(idp.Account) bool, now time.Time) (idp.Session, error) {
	if r.join.before != nil {
		r.join.before()
	}
	return r.Service.Join(ctx, client, from, cookie, event, may, now)
}
