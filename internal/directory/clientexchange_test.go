package directory_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func calling() directory.NewClient {
	n := web()
	n.ID = "desk"
	n.Scopes = []string{"openid", "pay.read", "rota.read"}
	n.Exchanges = []idp.Exchange{{API: "rota-api", Scopes: []string{"rota.read", "rota.read"}}, {API: "pay-api", Scopes: []string{"pay.read"}}}
	return n
}

// What an app may call for a person is registered pair by pair, and so is each change of it, on the record.
func TestPairsAreRegistered(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		client, _, err := w.RegisterClient(t.Context(), by(riley), calling(), w.now)
		w.must(err)
		want := []idp.Exchange{{API: "pay-api", Scopes: []string{"pay.read"}}, {API: "rota-api", Scopes: []string{"rota.read"}}}
		if !slices.EqualFunc(client.Exchanges, want, sameExchange) {
			t.Errorf("%+v", client.Exchanges)
		}
		client, err = w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: client.Version, Exchanges: to(want[:1])}, w.now)
		w.must(err)
		stored, err := w.store.FindClient(t.Context(), client.ID)
		w.must(err)
		if !slices.EqualFunc(stored.Exchanges, want[:1], sameExchange) {
			t.Errorf("%+v", stored.Exchanges)
		}
		const said = "pay-api=pay.read rota-api=rota.read → pay-api=pay.read"
		if on := w.fresh(); !slices.ContainsFunc(on, func(e idp.AuditEvent) bool { return e.Type == idp.EventClientUpdated && e.Details["exchanges"] == said }) {
			t.Errorf("on record: %+v", on)
		}
		// A scope that the app loses, it may not have in a pair.
		_, err = w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: client.Version, Scopes: to([]string{"openid"})}, w.now)
		wantField(t, err, "exchanges")
		part := api()
		part.PartOf = "payroll"
		made, _, err := w.RegisterClient(t.Context(), by(riley), part, w.now)
		w.must(err)
		if made.PartOf != "payroll" {
			t.Errorf("%+v", made)
		}
	})
}

func sameExchange(a, b idp.Exchange) bool { return a.API == b.API && slices.Equal(a.Scopes, b.Scopes) }

func TestPairsThatAreRefused(t *testing.T) {
	s, _ := open(t)
	one := func(id idp.ClientID, scopes ...string) []idp.Exchange {
		return []idp.Exchange{{API: id, Scopes: scopes}}
	}
	for name, change := range map[string]func(*directory.NewClient){
		"no API":              func(n *directory.NewClient) { n.Exchanges = one("", "pay.read") },
		"an identifier":       func(n *directory.NewClient) { n.Exchanges = one("https://pay.example", "pay.read") },
		"itself":              func(n *directory.NewClient) { n.Exchanges = one(n.ID, "pay.read") },
		"no scope":            func(n *directory.NewClient) { n.Exchanges = one("pay-api") },
		"no scope of the app": func(n *directory.NewClient) { n.Exchanges = one("pay-api", "pay.read", "pay.write") },
		"what is no scope":    func(n *directory.NewClient) { n.Exchanges = one("pay-api", "pay read") },
		"twice the same": func(n *directory.NewClient) {
			n.Exchanges = append(one("pay-api", "pay.read"), one("pay-api", "rota.read")...)
		},
		"an app on a device":       func(n *directory.NewClient) { n.Kind = idp.ClientNative },
		"an app that runs in page": func(n *directory.NewClient) { n.Kind = idp.ClientBrowser },
		"too many": func(n *directory.NewClient) {
			for i := range 21 {
				n.Exchanges = append(n.Exchanges, one(idp.ClientID("api"+strconv.Itoa(i)), "pay.read")...)
			}
		},
	} {
		n := calling()
		change(&n)
		_, _, err := s.RegisterClient(t.Context(), shell, n, now())
		wantField(t, err, "exchanges")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for name, change := range map[string]func(*directory.NewClient){
		"an app":        func(n *directory.NewClient) { *n = web(); n.PartOf = "payroll" },
		"no identifier": func(n *directory.NewClient) { n.PartOf = "Pay Roll" },
	} {
		n := api()
		change(&n)
		_, _, err := s.RegisterClient(t.Context(), shell, n, now())
		wantField(t, err, "part_of")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
