package server_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

func opened(t *testing.T, given config.Server) (*server.Server, error) {
	t.Helper()
	return server.New(t.Context(), completed(t, given), server.Deps{Logger: slog.New(slog.DiscardHandler)})
}

func mustOpen(t *testing.T, given config.Server) *server.Server {
	t.Helper()
	node, err := opened(t, given)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func homeOf(t *testing.T, node *server.Server) string {
	t.Helper()
	app, err := node.Records().FindClient(t.Context(), idp.AppAccount)
	if err != nil {
		t.Fatal(err)
	}
	return app.InitiateLoginURI
}

func readyOf(node *server.Server) int {
	w := httptest.NewRecorder()
	node.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w.Code
}

// ABUSE 55: a node with another issuer is refused and changes nothing; a change that is meant is said on purpose, leaves an event, and
// takes the nodes before it out.
func TestNodeOfAnotherIssuerIsRefused(t *testing.T) {
	const right, wrong = "http://127.0.0.1:1", "http://127.0.0.1:2"
	given := nodeOf(t, right)
	node := mustOpen(t, given)
	defer func() { _ = node.Close() }()

	other := given
	other.HTTP.Issuer = wrong
	_, err := opened(t, other)
	var problem *config.Problem
	if !errors.As(err, &problem) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("another issuer: %v", err)
	}
	for _, word := range []string{right, wrong, "--issuer-moved-from=" + right} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %s", err, word)
		}
	}
	if home := homeOf(t, node); home != right+"/account" {
		t.Errorf("the account page is at %s", home)
	}
	other.HTTP.IssuerMovedFrom = "http://127.0.0.1:3" // a guess
	if _, err := opened(t, other); err == nil {
		t.Fatal("moved from an issuer that it is not")
	}

	other.HTTP.IssuerMovedFrom = right
	moved := mustOpen(t, other)
	defer func() { _ = moved.Close() }()
	if home := homeOf(t, moved); home != wrong+"/account" {
		t.Errorf("moved, the account page is at %s", home)
	}
	events, _, err := moved.Records().SearchEvents(t.Context(), "", directory.EventQuery{Type: idp.EventIssuerMoved}, sqlstore.Page{Limit: 10})
	if err != nil || len(events) != 1 || events[0].Details["from"] != right || events[0].Details["to"] != wrong {
		t.Errorf("events %+v, %v", events, err)
	}
	eventually(t, "the node before is out", patience, func() bool { return readyOf(node) == http.StatusServiceUnavailable })
	if code := readyOf(moved); code != http.StatusOK {
		t.Errorf("the new node answers %d", code)
	}
	if _, err := opened(t, given); err == nil {
		t.Error("a node with the issuer of before was started")
	}
}

// A database of an earlier release has not recorded its issuer: that of its own apps counts, so that the first node of this release can't
// be started with a wrong one either.
func TestIssuerOfAnEarlierReleaseCounts(t *testing.T) {
	given := nodeOf(t, "http://127.0.0.1:1")
	node := mustOpen(t, given)
	if _, err := node.Records().DB().ExecContext(t.Context(), "DELETE FROM installation"); err != nil {
		t.Fatal(err)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := given
	wrong.HTTP.Issuer = "http://127.0.0.1:2"
	if _, err := opened(t, wrong); err == nil {
		t.Fatal("the first node of this release took another issuer")
	}
	if err := mustOpen(t, given).Close(); err != nil {
		t.Fatal(err)
	}
}

// ABUSE 55: a node of an earlier release, which does not look, was started with another issuer: the nodes that are right mend their own
// apps by themselves.
func TestOwnAppsAreMended(t *testing.T) {
	clock := &testenv.Clock{}
	c := testworld.Config(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
	d, _ := start(t, c, clock)
	wrong, err := url.Parse("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Directory().Clients.RegisterOwnApps(t.Context(), wrong, clock.Now()); err != nil { // as it does at its start
		t.Fatal(err)
	}
	eventually(t, "the account page is itself again", time.Minute, func() bool {
		app, err := d.Records().FindClient(t.Context(), idp.AppAccount)
		return err == nil && app.InitiateLoginURI == d.Manifest.Issuer+"/account"
	})
	s := testworld.NewVisitor(t, "")
	if p := s.Get(d.Manifest.Issuer + "/account"); p.Status != http.StatusOK || p.Step != "password" {
		t.Errorf("%d %s", p.Status, p.Step)
	}
}

// ABUSE 55: a database that turns read-only, or whose schema is taken back, under a running node takes it out, until it is right again.
func TestReadOnlyDatabaseTakesTheNodeOut(t *testing.T) {
	given := nodeOf(t, "http://127.0.0.1:1")
	node := mustOpen(t, given)
	defer func() { _ = node.Close() }()
	if code := readyOf(node); code != http.StatusOK {
		t.Fatalf("at first: %d", code)
	}
	owner := storetest.Owner(t, node.Records())
	do := func(statement string) {
		t.Helper()
		if _, err := owner.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	name := ""
	if err := owner.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	const others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	do("ALTER DATABASE " + name + " SET default_transaction_read_only = on")
	do(others)
	eventually(t, "out: read-only", patience, func() bool { return readyOf(node) == http.StatusServiceUnavailable })
	if _, err := opened(t, given); err == nil {
		t.Error("a node was started on a read-only database")
	}
	do("ALTER DATABASE " + name + " RESET default_transaction_read_only")
	do(others)
	eventually(t, "in again", patience, func() bool { return readyOf(node) == http.StatusOK })
	do("UPDATE schema_versions SET is_applied = false WHERE version_id = 11")
	eventually(t, "out: an older schema", patience, func() bool { return readyOf(node) == http.StatusServiceUnavailable })
	if _, err := opened(t, given); err == nil || !strings.Contains(err.Error(), "apsid migrate up") {
		t.Errorf("a node was started on an older schema: %v", err)
	}
}
