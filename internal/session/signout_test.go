package session_test

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// hurried lets a browser enter another app just after a sign-in's sessions were listed for the first time.
type hurried struct {
	*sqlstore.Store
	once  sync.Once
	enter func()
}

func (s *hurried) ListSignOn(ctx context.Context, id idp.SID) ([]idp.Session, error) {
	family, err := s.Store.ListSignOn(ctx, id)
	s.once.Do(s.enter)
	return family, err
}

// ABUSE 35: an app that is entered in the middle of a sign-out is signed out of, too.
func TestNobodySlipsThroughASignOut(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	var late idp.SID
	store := &hurried{Store: h.sql, enter: func() {
		joined, err := h.Join(t.Context(), h.apps["returns"], ledger.stored(), idp.RandomSecret(32), h.joined(), mayJoin, h.now)
		must(t, err)
		late = joined.ID
	}}
	node, err := session.New(session.Ports{
		Sessions: store, Tokens: h.sql, Clients: h.sql, Activity: h.redis.Activity(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	must(t, err)
	must(t, node.EndSignOn(t.Context(), ledger.stored(), idp.EndLogout, h.event(), h.now))
	ledger.over(idp.EndLogout)
	got, err := h.sql.FindSession(t.Context(), late)
	must(t, err)
	if got.EndReason != idp.EndLogout || len(h.told.of(late)) != 1 {
		t.Errorf("the late session ended by %q, and its app was told %v", got.EndReason, h.told.of(late))
	}
}
