package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for began := time.Now(); !holds(); <-again.C {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// twin is a demo on Postgres and Redis with a second node.
type twin struct {
	*demo.Demo
	second *server.Server
	nodes  []string // where each is reached
	clock  *testenv.Clock

	databaseURL config.Secret
}

func startTwin(t *testing.T, change ...func(*demo.Config)) twin {
	t.Helper()
	c, clock := testworld.Config(t), &testenv.Clock{}
	c.RedisURL = config.NewSecret(testenv.Redis(t))
	for _, each := range change {
		each(&c)
	}
	if c.DatabaseURL.IsZero() {
		c.DatabaseURL = config.NewSecret(storetest.Postgres(t))
	}
	d, _ := start(t, c, clock)
	second, err := secondNode(t, d)
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(second.Handler())
	t.Cleanup(func() {
		other.Close()
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	})
	return twin{Demo: d, second: second, nodes: []string{"http://" + d.Address(), other.URL}, clock: clock, databaseURL: c.DatabaseURL}
}

// held is what an app holds of a session.
type held struct {
	t               *testing.T
	app             demo.App
	sid             idp.SID // of a crowd
	access, refresh string
	identity        string // the ID token of the sign-in
}

// hold signs a person in, in a new browser, and plays the app.
func hold(t *testing.T, m demo.Manifest, app demo.App, who demo.Person, clock *testenv.Clock) *held {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), m.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	client := oauth2.Config{
		ClientID: app.ClientID, ClientSecret: app.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: app.RedirectURIs[1],
		Scopes: []string{"openid", "profile", "offline_access"},
	}
	verifier, s := oauth2.GenerateVerifier(), testworld.NewVisitor(t, "")
	p := s.SignIn(s.Get(client.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))), who, clock)
	answer, err := url.Parse(p.At)
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.Exchange(t.Context(), answer.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("%v at %s\n%s", err, p.At, p.Body)
	}
	identity, _ := token.Extra("id_token").(string)
	return &held{t: t, app: app, access: token.AccessToken, refresh: token.RefreshToken, identity: identity}
}

// renew uses the refresh token at a node, and keeps what it gets. It returns the status and the error's description.
func (h *held) renew(node string) (status int, description string) {
	h.t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {h.refresh}}
	request := h.request(node+"/oauth/token", form.Encode(), "application/x-www-form-urlencoded")
	request.SetBasicAuth(h.app.ClientID, h.app.ClientSecret)
	status, answer := h.send(request)
	if status == http.StatusOK {
		h.access, h.refresh = answer["access_token"].(string), answer["refresh_token"].(string)
	}
	description, _ = answer["error_description"].(string)
	return status, description
}

// report tells a node that the person did something just now. It returns the status and the reason of a session that is over.
func (h *held) report(node string) (status int, reason string) {
	h.t.Helper()
	request := h.request(node+"/session/activity", `{"idle_seconds":0}`, "application/json")
	request.Header.Set("Authorization", "Bearer "+h.access)
	status, answer := h.send(request)
	reason, _ = answer["reason"].(string)
	return status, reason
}

// userinfo asks a node who is signed in.
func (h *held) userinfo(node string) int {
	h.t.Helper()
	request := h.request(node+"/oauth/userinfo", "", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+h.access)
	status, _ := h.send(request)
	return status
}

func (h *held) request(address, body, kind string) *http.Request {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	return request
}

// send returns the status and the JSON object that was answered; status 0 if no one answered.
func (h *held) send(request *http.Request) (int, map[string]any) {
	h.t.Helper()
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	var answer map[string]any
	_ = json.Unmarshal(text, &answer) // some answers have no body
	return response.StatusCode, answer
}

// wantOver checks that a node takes nothing more of the session, with the reason.
func (h *held) wantOver(what, node string, reason idp.EndReason) {
	h.t.Helper()
	if status, got := h.report(node); status != http.StatusUnauthorized || got != string(reason) {
		h.t.Errorf("%s: activity at %s: %d %q", what, h.app.Name, status, got)
	}
	if status := h.userinfo(node); status != http.StatusUnauthorized {
		h.t.Errorf("%s: userinfo at %s: %d", what, h.app.Name, status)
	}
	if status, text := h.renew(node); status != http.StatusBadRequest {
		h.t.Errorf("%s: refresh at %s: %d %s", what, h.app.Name, status, text)
	}
}

// wantAlive checks that a node goes on serving the session.
func (h *held) wantAlive(what, node string) {
	h.t.Helper()
	if status := h.userinfo(node); status != http.StatusOK {
		h.t.Errorf("%s: userinfo at %s: %d", what, h.app.Name, status)
	}
	if status, text := h.renew(node); status != http.StatusOK {
		h.t.Errorf("%s: refresh at %s: %d %s", what, h.app.Name, status, text)
	}
}

// recorded returns the sessions that the practice has events of this kind for, sorted.
func recorded(t *testing.T, records *sqlstore.Store, practice idp.PracticeID, kind idp.EventType) (sids []idp.SID) {
	t.Helper()
	page := sqlstore.Page{Limit: 200}
	found, _, err := records.SearchEvents(t.Context(), practice, directory.EventQuery{Type: kind}, page)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		sids = append(sids, e.SID)
	}
	slices.Sort(sids)
	return sids
}

// hasMetric reports whether a node's metrics have the line.
func hasMetric(t *testing.T, node *server.Server, line string) bool {
	t.Helper()
	answer := httptest.NewRecorder()
	node.Metrics().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return slices.Contains(strings.Split(answer.Body.String(), "\n"), line)
}

func wantMetric(t *testing.T, node *server.Server, line string) {
	t.Helper()
	if !hasMetric(t, node, line) {
		t.Errorf("no metric %s", line)
	}
}
