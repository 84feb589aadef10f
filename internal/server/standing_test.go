package server_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/standing"
	"github.com/apscloud/apsid/internal/testworld"
)

// ABUSE 35: an access token that was just looked at is refused by every node with the next request once it was revoked. The clock
// stands, so that nothing that is remembered runs out.
func TestARevokedTokenIsRefusedByEveryNodeAtOnce(t *testing.T) {
	w := fleet{twin: startTwin(t)}
	h := hold(t, w.Manifest, w.Manifest.Apps[0], testworld.PersonOf(t, w.Manifest, "tom"), w.clock)
	_, machine := w.machine(t, w.nodes[0])
	fusesign := machineOf(t, w.Manifest, "FuseSign")
	for range 2 { // read, and remembered
		for _, node := range w.nodes {
			if status := h.userinfo(node); status != http.StatusOK {
				t.Fatalf("userinfo at %s: %d", node, status)
			}
			if _, active := w.introspect(t, node, machine); !active {
				t.Fatalf("the machine's token at %s is not good", node)
			}
		}
	}
	for token, of := range map[string][2]string{h.access: {h.app.ClientID, h.app.ClientSecret}, machine: {fusesign.ClientID, fusesign.ClientSecret}} {
		if status, answer := w.post(t, w.nodes[1]+"/oauth/revoke", url.Values{"token": {token}}, of[0], of[1]); status != http.StatusOK {
			t.Fatalf("revoke: %d %v", status, answer)
		}
	}
	for _, node := range w.nodes {
		if status := h.userinfo(node); status != http.StatusUnauthorized {
			t.Errorf("userinfo at %s: %d", node, status)
		}
		if _, active := w.introspect(t, node, machine); active {
			t.Errorf("the machine's token at %s is still good", node)
		}
	}
}

// A command line that has no Redis in common with the node can't tell it. It believes what it has read for a second.
func TestWhatNobodyCouldTellIsBelievedForASecond(t *testing.T) {
	var places config.Stores
	w := startTwin(t, func(c *demo.Config) { places.SealKeys = filepath.Join(c.StateDir, "seal-keys.json") })
	places.DatabaseURL, places.RedisURL = w.databaseURL, config.NewSecret(config.Embedded)
	complete, err := places.Complete()
	if err != nil {
		t.Fatal(err)
	}
	console, err := server.OpenConsole(t.Context(), complete, &url.URL{Scheme: "http", Host: "127.0.0.1"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = console.Close() })
	h := hold(t, w.Manifest, w.Manifest.Apps[0], testworld.PersonOf(t, w.Manifest, "tom"), w.clock)
	if status := h.userinfo(w.nodes[0]); status != http.StatusOK {
		t.Fatalf("userinfo: %d", status)
	}
	tom := callerOf(t, w, "tom")
	if err := console.Directory().People.DisableUser(t.Context(), callerOf(t, w, "olivia"), idp.UserID(tom.ID), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(standing.Lifetime)
	if status := h.userinfo(w.nodes[0]); status != http.StatusUnauthorized {
		t.Errorf("userinfo after a second: %d", status)
	}
}
