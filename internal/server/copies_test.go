package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

// aSecond is how long a node may go on believing what another process has changed: a second is the promise, and the rest is for a
// crowded machine. The clocks of the nodes stand meanwhile, so that no copy runs out by itself.
const aSecond = 4 * time.Second

// machineToken asks a node for a token with the secret, and returns the status.
func (w twin) machineToken(t *testing.T, node, id, secret string) int {
	t.Helper()
	body := strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, node+"/oauth/token", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(id, secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// ABUSE 61, 35: a secret has leaked, or a practice is suspended. The node that is told refuses the secret with the next request,
// and every other node within a second: also when the change is made by a process that has no Redis in common with it, as a command
// line beside a node on embedded stores is, or one that Redis doesn't answer.
func TestWhatIsTakenAwayIsRefusedByEveryNode(t *testing.T) {
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

	riley := callerOf(t, w, "riley")
	riley.Kind = idp.ActorStaff
	other, here := w.nodes[0], w.nodes[1]
	for name, writer := range map[string]*directory.Directory{"at a node": w.second.Directory(), "by a command line": console.Directory()} {
		for what, c := range map[string]struct {
			take, undo func(context.Context, idp.ClientSecret, time.Time) error
		}{
			"secret": {take: func(ctx context.Context, added idp.ClientSecret, now time.Time) error {
				return writer.Clients.RemoveSecret(ctx, riley, "fusesign", added.ID, now)
			}},
			"practice": {
				take: func(ctx context.Context, _ idp.ClientSecret, now time.Time) error {
					return writer.Practices.SuspendPractice(ctx, riley, harbour, now)
				},
				undo: func(ctx context.Context, added idp.ClientSecret, now time.Time) error {
					if err := writer.Practices.ResumePractice(ctx, riley, harbour, now); err != nil {
						return err
					}
					return writer.Clients.RemoveSecret(ctx, riley, "fusesign", added.ID, now)
				},
			},
		} {
			added, secret, err := writer.Clients.AddSecret(t.Context(), riley, "fusesign", time.Time{}, time.Time{}, w.clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, what+" added "+name+" is good at another node", aSecond, func() bool {
				return w.machineToken(t, other, "fusesign", secret.Reveal()) == http.StatusOK
			})
			if name == "at a node" && w.machineToken(t, here, "fusesign", secret.Reveal()) != http.StatusOK {
				t.Errorf("%s: the new secret is not good at once on the node that made it", what)
			}
			if err := c.take(t.Context(), added, w.clock.Now()); err != nil {
				t.Fatal(err)
			}
			if name == "at a node" && w.machineToken(t, here, "fusesign", secret.Reveal()) == http.StatusOK {
				t.Errorf("%s: still good on the node that took it away", what)
			}
			eventually(t, what+" taken away "+name+" is refused by another node", aSecond, func() bool {
				return w.machineToken(t, other, "fusesign", secret.Reveal()) == http.StatusUnauthorized
			})
			if c.undo == nil {
				continue
			}
			if err := c.undo(t.Context(), added, w.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// mayCall reports whether a node lets pages of the origin call: what it answers to a preflight, and to a refresh of the app rota.
func (w twin) mayCall(t *testing.T, node, origin string) (preflight, request bool) {
	t.Helper()
	send := func(method string, body string) bool {
		r, err := http.NewRequestWithContext(t.Context(), method, node+"/oauth/token", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		if method == http.MethodOptions {
			r.Header.Set("Access-Control-Request-Method", http.MethodPost)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.Header.Get("Access-Control-Allow-Origin") == origin
	}
	return send(http.MethodOptions, ""), send(http.MethodPost, "grant_type=refresh_token&refresh_token=x&client_id=rota")
}

// ABUSE 62: an origin of an app in a page was taken over. Once it is taken from the registration, every node refuses it, within a second; one
// that is added, and an app that is disabled, likewise.
func TestOriginsAreTheSameAtEveryNode(t *testing.T) {
	w := startTwin(t)
	riley := callerOf(t, w, "riley")
	riley.Kind = idp.ActorStaff
	clients := w.second.Directory().Clients
	const first, next = "https://rota.example", "https://new.rota.example"
	everywhere := func(what, origin string, want bool) {
		t.Helper()
		eventually(t, what, aSecond, func() bool {
			for _, node := range w.nodes {
				if preflight, request := w.mayCall(t, node, origin); preflight != want || request != want {
					return false
				}
			}
			return true
		})
	}
	everywhere("an origin that no app has is refused", first, false)
	made, _, err := clients.RegisterClient(t.Context(), riley, directory.NewClient{Registration: idp.Registration{
		ID: "rota", Name: "Rota", Kind: idp.ClientBrowser, RedirectURIs: []string{first + "/"}, Scopes: []string{"openid", "offline_access"}, RefreshTokens: true,
	}}, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	everywhere("the origin of its redirect URI may call", first, true)
	made, err = clients.EditClient(t.Context(), riley, "rota", directory.ClientEdit{Version: made.Version, AllowedOrigins: &[]string{next}}, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	everywhere("an origin that was added may call", next, true)
	everywhere("an origin that was taken away is refused", first, false)
	disabled := true
	if _, err := clients.EditClient(t.Context(), riley, "rota", directory.ClientEdit{Version: made.Version, Disabled: &disabled}, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	everywhere("an app that is disabled is refused", next, false)
}
