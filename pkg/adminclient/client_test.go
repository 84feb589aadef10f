package adminclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/adminclient"
)

const (
	harbour = "prc_demo-harbour-finch"
	kauri   = "prc_demo-kauri-lane"
)

// start runs the demo and returns what its demo.json says.
func start(t *testing.T) demo.AdminAPI {
	t.Helper()
	return testworld.Open(t).Manifest.AdminAPI
}

func connect(t *testing.T, api demo.AdminAPI, transport http.RoundTripper) *adminclient.Client {
	t.Helper()
	c, err := adminclient.New(t.Context(), adminclient.Config{
		API: api.URL, ClientID: api.ClientID, ClientSecret: api.ClientSecret, HTTP: &http.Client{Transport: transport},
	})
	must(t, err)
	return c
}

func TestClientWorksOnARealProvider(t *testing.T) {
	ctx := t.Context()
	c := connect(t, start(t), http.DefaultTransport)
	practice, err := c.Practice(ctx, kauri)
	must(t, err)
	phone := "+64 4 555 0100"
	edited, err := c.EditPractice(ctx, kauri, practice.Version, adminclient.PracticeEdit{Phone: &phone})
	if err != nil || edited.Phone != phone || edited.Name != practice.Name {
		t.Errorf("%+v, %v", edited, err)
	}
	if _, err := c.EditPractice(ctx, kauri, practice.Version, adminclient.PracticeEdit{Phone: &phone}); !errors.Is(err, adminclient.ErrChanged) {
		t.Errorf("an old version: %v", err)
	}
	invited, err := c.InviteUser(ctx, kauri, adminclient.Invitation{Username: "noor@kaurilane.example", Name: "Noor"})
	must(t, err)
	if !invited.Invited || invited.PracticeID != kauri {
		t.Errorf("%+v", invited)
	}
	var problem *adminclient.Error
	_, err = c.InviteUser(ctx, kauri, adminclient.Invitation{Username: "noor@kaurilane.example", Name: "Noor"})
	if !errors.Is(err, adminclient.ErrConflict) || !errors.As(err, &problem) || problem.Status != http.StatusConflict || problem.Fields[0].Pointer != "/username" {
		t.Errorf("invited twice: %v", err)
	}
	must(t, c.RevokeInvite(ctx, invited.ID))
	found, err := c.User(ctx, invited.ID)
	if err != nil || found.State != "disabled" || found.Version == 0 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := c.User(ctx, "usr_none"); !errors.Is(err, adminclient.ErrNotFound) || errors.Is(err, adminclient.ErrForbidden) {
		t.Errorf("nobody: %v", err)
	}
	for _, bad := range []string{"", ".", ".."} {
		if _, err := c.User(ctx, bad); err == nil {
			t.Errorf("%q is an identifier", bad)
		}
	}
	must(t, c.RequireMFA(ctx, kauri, time.Now().Add(24*time.Hour)))
	must(t, c.RequireMFA(ctx, kauri, time.Time{}))
	if _, err := c.OpenCase(ctx, adminclient.NewCase{PracticeID: kauri, UserID: invited.ID, Action: "reset_mfa", Reason: "x"}); err == nil {
		t.Error("a program opened a support case")
	}
}

func TestRegistrationsAndTheirSecrets(t *testing.T) {
	ctx := t.Context()
	api := start(t)
	c := connect(t, api, http.DefaultTransport)
	made, err := c.Register(ctx, adminclient.NewRegistration{
		ID: "ledgerlink", Name: "LedgerLink", Kind: "machine", PracticeID: harbour, Scopes: []string{"users:read"}, Owner: "Olivia Finch",
		Purpose: "Reads people.", ReviewAt: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	must(t, err)
	theirs := connect(t, demo.AdminAPI{URL: api.URL, ClientID: "ledgerlink", ClientSecret: made.ClientSecret}, http.DefaultTransport)
	if people := gather(t, theirs.Users(ctx, harbour, adminclient.UserQuery{Filter: adminclient.Managers})); len(people) != 1 {
		t.Errorf("%+v", people)
	}
	for _, err := range theirs.Events(ctx, harbour, adminclient.EventQuery{}) {
		if !errors.Is(err, adminclient.ErrScope) {
			t.Errorf("without the scope: %v", err)
		}
	}
	added, err := c.AddSecret(ctx, "ledgerlink", time.Time{}, time.Now().Add(time.Hour))
	must(t, err)
	must(t, c.RemoveSecret(ctx, "ledgerlink", made.Secrets[0].ID))
	found, err := c.Registration(ctx, "ledgerlink")
	if err != nil || len(found.Secrets) != 1 || found.Secrets[0].ID != added.ID {
		t.Errorf("%+v, %v", found, err)
	}
	edited, err := c.EditRegistration(ctx, "ledgerlink", found.Version, adminclient.RegistrationEdit{ReviewAt: &adminclient.Moment{Time: found.ReviewAt.Add(24 * time.Hour)}})
	if err != nil || !edited.ReviewAt.After(found.ReviewAt) {
		t.Errorf("%+v, %v", edited, err)
	}
}

// A list goes on over its pages, stops where it is left, and says what went wrong.
func TestListsGoOverPages(t *testing.T) {
	ctx := t.Context()
	counted := &counting{}
	c := connect(t, start(t), counted)
	events := gather(t, c.Events(ctx, harbour, adminclient.EventQuery{}))
	ids := map[string]bool{}
	for _, e := range events {
		ids[e.ID] = true
	}
	if len(events) == 0 || len(ids) != len(events) {
		t.Errorf("%d events, %d different", len(events), len(ids))
	}
	counted.limit = "2"
	counted.calls.Store(0)
	if again := gather(t, c.Events(ctx, harbour, adminclient.EventQuery{})); len(again) < len(events) || counted.calls.Load() < int32(len(events)/2) {
		t.Errorf("%d events in %d calls", len(again), counted.calls.Load())
	}
	counted.calls.Store(0)
	for range c.Events(ctx, harbour, adminclient.EventQuery{}) {
		break
	}
	if counted.calls.Load() != 1 {
		t.Errorf("%d calls for one event", counted.calls.Load())
	}
	failures := 0
	for _, err := range c.Users(ctx, "prc_none", adminclient.UserQuery{}) {
		if !errors.Is(err, adminclient.ErrNotFound) {
			t.Errorf("%v", err)
		}
		failures++
	}
	if failures != 1 {
		t.Errorf("%d failures", failures)
	}
}

// counting counts calls of the API and can make pages small.
type counting struct {
	calls atomic.Int32
	limit string
}

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		c.calls.Add(1)
		if c.limit != "" {
			r = r.Clone(r.Context())
			query := r.URL.Query()
			query.Set("limit", c.limit)
			r.URL.RawQuery = query.Encode()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// While the provider is busy a call is made again, with the same key; what it refuses is not.
func TestBusyProviderIsAskedAgain(t *testing.T) {
	var keys []string
	busy := 2
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		_, _ = io.Copy(io.Discard, r.Body)
		if len(keys) <= busy {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"type":"urn:aps:problem:unavailable","title":"Try again shortly.","status":503}`)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c, err := adminclient.New(t.Context(), adminclient.Config{API: server.URL, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})})
	must(t, err)
	must(t, c.UnlockUser(t.Context(), "usr_a"))
	if len(keys) != 3 || keys[0] == "" || len(slices.Compact(keys)) != 1 {
		t.Errorf("keys %q", keys)
	}
	keys, busy = nil, 10
	if err := c.UnlockUser(t.Context(), "usr_a"); !errors.Is(err, adminclient.ErrUnavailable) || len(keys) != 3 {
		t.Errorf("%d attempts, %v", len(keys), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.UnlockUser(ctx, "usr_a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Credentials go over https only, and to the provider that was named.
func TestCredentialsGoNowhereElse(t *testing.T) {
	for _, api := range []string{"http://id.example/api/v1", "ftp://id.example", "id.example", "https://u:p@id.example/api/v1", ""} {
		if _, err := adminclient.New(t.Context(), adminclient.Config{API: api, ClientID: "a", ClientSecret: "b"}); err == nil {
			t.Errorf("%q is taken", api)
		}
	}
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": "http://" + r.Host, "token_endpoint": other.URL + "/token"})
	}))
	defer server.Close()
	if _, err := adminclient.New(t.Context(), adminclient.Config{API: server.URL + "/api/v1", ClientID: "a", ClientSecret: "b"}); err == nil || asked {
		t.Errorf("a token endpoint elsewhere: %v, asked %v", err, asked)
	}
}

// The types have every field that the document has, and no other.
func TestTypesAreThoseOfTheDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "docs", "openapi.json"))
	must(t, err)
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	must(t, json.Unmarshal(text, &document))
	for name, value := range map[string]any{
		"Practice": adminclient.Practice{}, "PracticeDetail": adminclient.PracticeDetail{}, "Counts": adminclient.Counts{},
		"Mandate": adminclient.Mandate{}, "Activation": adminclient.Activation{}, "Prerequisites": adminclient.Prerequisites{},
		"Prerequisite": adminclient.Prerequisite{}, "User": adminclient.User{}, "Person": adminclient.Person{},
		"UserDetail": adminclient.UserDetail{}, "Authenticator": adminclient.Authenticator{}, "ProofLock": adminclient.Lock{},
		"Invite": adminclient.Invite{}, "Explanation": adminclient.Explanation{}, "MFARule": adminclient.MFARule{},
		"SessionStory": adminclient.SessionStory{}, "Session": adminclient.Session{}, "AuditEvent": adminclient.Event{}, "Actor": adminclient.Actor{},
		"Registration": adminclient.Registration{}, "ClientSecret": adminclient.Secret{}, "RegisteredClient": adminclient.Registered{},
		"AddedSecret": adminclient.AddedSecret{}, "Case": adminclient.Case{}, "CaseCheck": adminclient.CaseCheck{},
		"CaseDetail": adminclient.CaseDetail{}, "CreatePracticeInputBody": adminclient.NewPractice{},
		"EditPracticeInputBody": adminclient.PracticeEdit{}, "InviteUserInputBody": adminclient.Invitation{},
		"EditUserInputBody": adminclient.UserEdit{}, "RegisterClientInputBody": adminclient.NewRegistration{},
		"EditClientInputBody": adminclient.RegistrationEdit{}, "OpenCaseInputBody": adminclient.NewCase{},
		"CheckInputBody": adminclient.NewCheck{}, "Problem": adminclient.Error{}, "FieldProblem": adminclient.FieldError{},
	} {
		documented := document.Components.Schemas[name].Properties
		fields := fieldsOf(reflect.TypeOf(value))
		if len(documented) == 0 {
			t.Errorf("no %s in the document", name)
		}
		for field := range documented {
			if !fields[field] {
				t.Errorf("%s has no %s", name, field)
			}
		}
		for field := range fields {
			if _, ok := documented[field]; !ok {
				t.Errorf("%s has %s, which the document has not", name, field)
			}
		}
	}
}

func fieldsOf(of reflect.Type) map[string]bool {
	fields := map[string]bool{}
	for i := range of.NumField() {
		field := of.Field(i)
		if field.Anonymous {
			for name := range fieldsOf(field.Type) {
				fields[name] = true
			}
			continue
		}
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
			fields[name] = true
		}
	}
	return fields
}

func gather[T any](t *testing.T, list func(func(T, error) bool)) []T {
	t.Helper()
	var all []T
	for item, err := range list {
		must(t, err)
		all = append(all, item)
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
