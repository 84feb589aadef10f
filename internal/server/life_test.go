package server_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/apsid"
)

func TestDemoFindsItselfAgain(t *testing.T) {
	c, clock := testworld.Empty(t), &testenv.Clock{}
	d, stop := start(t, c, clock)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	first := readManifest(t, c.StateDir)
	again, stop := start(t, c, clock) // on other ports
	second := readManifest(t, c.StateDir)
	if diff := cmp.Diff(first.Users, second.Users); diff != "" {
		t.Errorf("people changed: %s", diff)
	}
	if diff := cmp.Diff(first.MachineClients, second.MachineClients); diff != "" {
		t.Errorf("integrations changed: %s", diff)
	}
	if first.Apps[0].ClientSecret != second.Apps[0].ClientSecret || first.Apps[0].URL == second.Apps[0].URL || d.Address() == again.Address() {
		t.Errorf("apps: %+v, then %+v", first.Apps[0], second.Apps[0])
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	// Without demo.json the secrets are lost; the demo gives out new ones and they work.
	if err := os.Remove(filepath.Join(c.StateDir, demo.ManifestName)); err != nil {
		t.Fatal(err)
	}
	d, _ = start(t, c, clock)
	s := testworld.NewVisitor(t, "")
	p := s.SignIn(s.Get(d.Manifest.Apps[0].URL+"/details"), testworld.PersonOf(t, d.Manifest, "tom"), clock)
	wantClaims(t, p.Claims(), map[string]string{"acr": apsid.ACRMFA})
}

func TestDemoFileIsForItsOwnerOnly(t *testing.T) {
	c := testworld.Empty(t)
	d, _ := start(t, c, &testenv.Clock{})
	info, err := os.Stat(filepath.Join(c.StateDir, demo.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("mode %s", info.Mode())
	}
	if diff := cmp.Diff(d.Manifest, readManifest(t, c.StateDir)); diff != "" {
		t.Error(diff)
	}
}

func readManifest(t *testing.T, folder string) (m demo.Manifest) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, demo.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDemoStaysOnLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost.example.com:0"} {
		c := testworld.Empty(t)
		c.Listen = address
		_, err := demo.New(t.Context(), c, demo.Deps{Logger: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTakenAddressIsSaidInOneLine(t *testing.T) {
	c := testworld.Empty(t)
	d, _ := start(t, c, &testenv.Clock{})
	other := testworld.Empty(t)
	other.ContactsListen = d.Address()
	_, err := demo.New(t.Context(), other, demo.Deps{Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--contacts-listen") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("got %v", err)
	}
}

func completed(t *testing.T, given config.Server) config.Node {
	t.Helper()
	c, err := given.Complete()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNodeRefusesADatabaseThatIsBehind(t *testing.T) {
	folder := t.TempDir()
	given := config.Server{
		HTTP:    config.HTTP{Listen: "127.0.0.1:0", Issuer: "http://127.0.0.1:1"},
		Stores:  config.Stores{Sealed: config.Sealed{Database: config.Database{StateDir: folder, DatabaseURL: config.NewSecret(testenv.Postgres(t))}, SealKeys: filepath.Join(folder, "seal-keys.json")}},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Support: config.Support{Name: "x", TimeZone: "UTC"}, Hashing: config.DefaultHashing(),
	}
	c := completed(t, given)
	deps := server.Deps{Logger: slog.New(slog.DiscardHandler)}
	if _, err := server.New(t.Context(), c, deps); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("keys were made for a database that nodes share: %v", err)
	}
	given.Stores.MakeSealKeys = true
	c = completed(t, given)
	if _, err := server.New(t.Context(), c, deps); err == nil || !strings.Contains(err.Error(), "apsid migrate up") {
		t.Fatalf("got %v", err)
	}
	if _, err := server.Migrate(t.Context(), c.Places().SQL); err != nil {
		t.Fatal(err)
	}
	node, err := server.New(t.Context(), c, deps)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range server.Examine(t.Context(), given, server.Asked{}) {
		if each.State == server.Fail && each.Check != "redis" { // here it is embedded
			t.Errorf("%+v", each)
		}
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHealth(t *testing.T) {
	d, stop := start(t, testworld.Empty(t), &testenv.Clock{})
	s := testworld.NewVisitor(t, "")
	for _, path := range []string{"/healthz", "/readyz"} {
		if p := s.Get(d.Manifest.Issuer + path); p.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.Status, p.Body)
		}
	}
	if p := s.Get(d.Manifest.Issuer + "/metrics"); p.Status != http.StatusNotFound {
		t.Errorf("metrics on the public address: %d", p.Status)
	}
	began := time.Now()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("an idle node took %s to stop", took)
	}
}
