package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

var system = directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}

// Each of the provider's own apps is there for those it is meant for, and asks everyone else to sign in as another person.
func TestOwnAppsLetInWhoTheyAreFor(t *testing.T) {
	clock := &testenv.Clock{}
	d, _ := start(t, testworld.Config(t), clock)
	for path, allowed := range map[string]map[string]bool{
		"/manage":  {"olivia": true, "tom": false, "riley": false},
		"/support": {"riley": true, "noor": true, "olivia": false},
		"/account": {"olivia": true, "tom": true, "riley": true, "ewan": true},
	} {
		for name, in := range allowed {
			clock.Advance(time.Minute) // a code is good once
			s := testworld.NewVisitor(t, "")
			p := s.SignIn(s.Get(d.Manifest.Issuer+path), testworld.PersonOf(t, d.Manifest, name), clock)
			if here := strings.HasPrefix(p.At, d.Manifest.Issuer+path) && p.Status == http.StatusOK; here != in {
				t.Errorf("%s at %s: %d %s %q", name, path, p.Status, p.At, p.Step)
			}
		}
	}
}

// shared starts a demo on stores that a second node looks into.
func shared(t *testing.T, clock *testenv.Clock) (demo.Config, *demo.Demo, func() error) {
	t.Helper()
	c := testworld.Config(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
	d, stop := start(t, c, clock)
	return c, d, stop
}

func tokensOf(t *testing.T, m demo.Manifest, name string) clientcredentials.Config {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), m.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	machine := machineOf(t, m, name)
	return clientcredentials.Config{
		ClientID: machine.ClientID, ClientSecret: machine.ClientSecret, TokenURL: provider.Endpoint().TokenURL, AuthStyle: oauth2.AuthStyleInHeader,
	}
}

func TestLastUseOfAnIntegrationIsWrittenDown(t *testing.T) {
	clock := &testenv.Clock{}
	_, d, stop := shared(t, clock)
	node, err := secondNode(t, d) // to look at the stores; it serves no one
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Close() }()
	fusesign := tokensOf(t, d.Manifest, "FuseSign")
	if _, err := fusesign.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil { // what is in memory is written down at the end
		t.Fatal(err)
	}
	used, err := node.Records().FindClient(t.Context(), "fusesign")
	if err != nil {
		t.Fatal(err)
	}
	unused, err := node.Records().FindClient(t.Context(), "bgl")
	if err != nil {
		t.Fatal(err)
	}
	if clock.Now().Sub(used.LastUsedAt) > 2*time.Hour || !unused.LastUsedAt.IsZero() || used.Version != 1 {
		t.Errorf("used %s, unused %s, version %d", used.LastUsedAt, unused.LastUsedAt, used.Version)
	}
}

// ABUSE 35: the integrations of a practice that was suspended get no more tokens.
func TestSuspendedPracticeHasNoIntegrations(t *testing.T) {
	clock := &testenv.Clock{}
	_, d, _ := shared(t, clock)
	node, err := secondNode(t, d)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Close() }()
	fusesign, connectworks := tokensOf(t, d.Manifest, "FuseSign"), tokensOf(t, d.Manifest, "Connectworks")
	if _, err := fusesign.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := node.Directory().Practices.SuspendPractice(t.Context(), system, harbour, clock.Now()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(31 * time.Second) // so long a node remembers a client
	var refused *oauth2.RetrieveError
	if _, err := fusesign.Token(t.Context()); !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
		t.Errorf("an integration of a suspended practice: %v", err)
	}
	if _, err := connectworks.Token(t.Context()); err != nil {
		t.Errorf("an integration of another practice: %v", err)
	}
	if err := node.Directory().Practices.ResumePractice(t.Context(), system, harbour, clock.Now()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(31 * time.Second)
	if _, err := fusesign.Token(t.Context()); err != nil {
		t.Errorf("resumed: %v", err)
	}
}

// A round of reminders is made when a node starts, and then every hour.
func TestPeopleAreRemindedOfMandatoryMFA(t *testing.T) {
	clock := &testenv.Clock{}
	c, d, stop := shared(t, clock)
	node, err := secondNode(t, d)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Close() }()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	from := clock.Now().Add(8*24*time.Hour + time.Hour)
	if err := node.Directory().Practices.SetMandatory(t.Context(), system, "prc_demo-kauri-lane", from, clock.Now()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(48 * time.Hour)
	d, _ = start(t, c, clock)
	aroha := testworld.PersonOf(t, d.Manifest, "aroha").Username
	eventually(t, "the mail to Aroha", patience, func() bool {
		return strings.Contains(testworld.NewVisitor(t, "").Get(d.Manifest.InboxURL+".json").Body, aroha)
	})
}
