package server_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 11: thirty requests of an app use one refresh token at two nodes at once. Each gets tokens that the other node takes, and no one
// is signed out; the metrics count all of them, and the trail has a line for each node. 10 s later the old token ends the session at both.
func TestOneRefreshTokenAtTwoNodes(t *testing.T) {
	w := startTwin(t)
	tom := hold(t, w.Manifest, w.Manifest.Apps[0], testworld.PersonOf(t, w.Manifest, "tom"), w.clock)
	tabs := make([]*held, 30)
	each := func(do func(i int, tab *held)) {
		var all sync.WaitGroup
		for i, tab := range tabs {
			all.Go(func() { do(i, tab) })
		}
		all.Wait()
	}
	for i := range tabs {
		copied := *tom
		tabs[i] = &copied
	}
	each(func(i int, tab *held) {
		if status, text := tab.renew(w.nodes[i%2]); status != http.StatusOK {
			t.Errorf("refresh: %d %s", status, text)
		}
	})
	each(func(i int, tab *held) {
		if status := tab.userinfo(w.nodes[(i+1)%2]); status != http.StatusOK {
			t.Errorf("userinfo: %d", status)
		}
	})
	each(func(i int, tab *held) { tab.wantAlive("a tab", w.nodes[(i+1)%2]) })
	const counted = `apsid_audit_events_total{result="success",type="token.refresh_repeated"} `
	if !hasMetric(t, w.second, counted+"15") && !hasMetric(t, w.second, counted+"14") { // without the first, if it was the first
		t.Error("the node did not count its answers")
	}
	if lines := recorded(t, w.second.Records(), harbour, idp.EventRefreshRepeated); len(lines) != 2 {
		t.Errorf("%d lines in the trail", len(lines))
	}

	w.clock.Advance(10 * time.Second)
	if status, text := tom.renew(w.nodes[0]); status != http.StatusBadRequest {
		t.Errorf("after the grace: %d %s", status, text)
	}
	each(func(_ int, tab *held) { tab.wantOver("a tab", w.nodes[1], idp.EndRevoked) })
	if reused := recorded(t, w.second.Records(), harbour, idp.EventRefreshReused); len(reused) != 1 {
		t.Errorf("%d sessions ended by reuse", len(reused))
	}
}
