package server_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// roundTime is how long a node may take to look at its seal keys, on a crowded machine.
const roundTime = 2 * time.Minute

// sealedNode is a node with a file of seal keys of its own, as on a machine of its own.
type sealedNode struct {
	file    string
	address string
	server  *server.Server // nil: the node looks by itself
}

// cluster is three nodes that share Postgres and Redis, and none of their files.
type cluster struct {
	*demo.Demo
	t     *testing.T
	clock *testenv.Clock
	nodes []sealedNode

	config demo.Config
	keys   *seal.Keyset
	done   map[string]*atomic.Int64 // whole sign-ins, by person
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c, clock := testworld.Config(t), &testenv.Clock{}
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
	d, _ := start(t, c, clock)
	f := &cluster{Demo: d, t: t, clock: clock, config: c, nodes: []sealedNode{{file: filepath.Join(c.StateDir, "seal-keys.json"), address: d.Address()}}}
	text, err := seal.Source{File: f.nodes[0].file}.Read()
	must(t, err)
	f.keys, err = seal.Source{Text: text}.Load(t.Context())
	must(t, err)
	for range 2 {
		file := filepath.Join(t.TempDir(), "keys.json")
		must(t, seal.Create(file, text))
		f.nodes = append(f.nodes, f.node(c, file))
	}
	f.done = map[string]*atomic.Int64{"olivia": {}, "tom": {}}
	return f
}

// node runs one more node, until the test ends.
func (f *cluster) node(c demo.Config, file string, keks ...string) sealedNode {
	f.t.Helper()
	settings, err := config.Server{
		HTTP: config.HTTP{Listen: "127.0.0.1:0", Issuer: f.Manifest.Issuer, TrustedProxies: []string{"none"}},
		Stores: config.Stores{
			Sealed: config.Sealed{Database: config.Database{DatabaseURL: c.DatabaseURL}, SealKeys: file, SealKEK: keks}, RedisURL: c.RedisURL,
		},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Support: config.Support{Name: "APS support", TimeZone: "Australia/Sydney"}, Log: c.Log(),
		Logout: config.Logout{AllowLoopback: true}, Hashing: config.DefaultHashing(),
	}.Complete()
	must(f.t, err)
	node, err := server.New(f.t.Context(), settings, server.Deps{Logger: slog.New(slog.DiscardHandler), Clock: f.clock.Now, HashMemory: testenv.HashMemory})
	must(f.t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(f.t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- node.Serve(ctx, listener) }()
	f.t.Cleanup(func() {
		stop()
		must(f.t, <-ended)
	})
	return sealedNode{file: file, address: listener.Addr().String(), server: node}
}

// give puts a keyset on one node, and waits until it says that it has it and people have signed in since.
func (f *cluster) give(node sealedNode, keys *seal.Keyset) {
	f.t.Helper()
	was, err := seal.Source{File: node.file}.Read()
	must(f.t, err)
	text, err := seal.Encode(keys)
	must(f.t, err)
	must(f.t, seal.Rewrite(node.file, was, text))
	if node.server != nil {
		node.server.ReloadSealKeys(f.t.Context())
	}
	before := map[string]int64{}
	for who, n := range f.done {
		before[who] = n.Load()
	}
	eventually(f.t, "people sign in with one node changed", roundTime, func() bool {
		for who, n := range f.done {
			if n.Load() < before[who]+2 || f.t.Failed() {
				return f.t.Failed()
			}
		}
		return true
	})
}

// signIns lets a person sign in again and again, each request at the next node, until ctx ends.
func (f *cluster) signIns(ctx context.Context, name string) {
	who, app := testworld.PersonOf(f.t, f.Manifest, name), f.Manifest.Apps[0]
	issuer := strings.TrimPrefix(f.Manifest.Issuer, "http://")
	var turn atomic.Int64
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == issuer {
			address = f.nodes[turn.Add(1)%int64(len(f.nodes))].address
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	through := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	asked := context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, &http.Client{Transport: through})
	provider, err := oidc.NewProvider(oidc.ClientContext(asked, &http.Client{Transport: through}), f.Manifest.Issuer)
	if err != nil {
		f.t.Error(err)
		return
	}
	client := oauth2.Config{
		ClientID: app.ClientID, ClientSecret: app.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: app.RedirectURIs[1],
		Scopes: []string{"openid", "offline_access"},
	}
	for ctx.Err() == nil {
		if who.TOTPKey != "" { // the code of this moment was used by the sign-in before
			const unused = "UPDATE authenticators SET last_step = 0 WHERE user_id = (SELECT id FROM users WHERE username = $1)"
			if _, err := f.Records().DB().ExecContext(asked, unused, who.Username); err != nil {
				f.t.Error(err)
			}
		}
		verifier, v := oauth2.GenerateVerifier(), testworld.NewVisitor(f.t, f.Manifest.Issuer)
		v.Client.Transport = through
		p := v.SignIn(v.Get(client.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))), who, f.clock)
		answer, err := url.Parse(p.At)
		if err != nil {
			f.t.Error(err)
			return
		}
		token, err := client.Exchange(asked, answer.Query().Get("code"), oauth2.VerifierOption(verifier))
		if err == nil {
			old := *token
			old.Expiry = time.Now().Add(-time.Hour)
			_, err = client.TokenSource(asked, &old).Token() // a refresh
		}
		if err != nil {
			f.t.Errorf("%s: %v at %s (%d)\n%.400s", name, err, p.At, p.Status, p.Body)
			return
		}
		f.done[name].Add(1)
	}
}

// ABUSE 61: the seal keys are rotated node by node while people sign in, everything is sealed again, and the old key is retired: no
// sign-in fails, and nothing is left that only the old key opens.
func TestSealKeysAreRotatedUnderLoad(t *testing.T) {
	f := startCluster(t)
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for name := range f.done {
		load.Go(func() { f.signIns(ctx, name) })
	}
	defer load.Wait()
	defer stop()
	places := f.Stores()
	console, err := server.OpenSealing(t.Context(), places, f.keys)
	must(t, err)
	defer func() { must(t, console.Close()) }()
	before := f.keys.Keys()[0].ID
	eventually(t, "three nodes say that they run", roundTime, func() bool {
		nodes, err := console.Nodes(t.Context(), f.clock.Now())
		return err == nil && len(nodes) == len(f.nodes)
	})

	added, after, err := f.keys.Add()
	must(t, err)
	for _, node := range f.nodes {
		if err := console.HeldEverywhere(t.Context(), after, f.clock.Now()); err == nil {
			t.Fatal("a key may be promoted that a running node does not hold")
		}
		f.give(node, added)
	}
	eventually(t, "every node holds the new key", roundTime, func() bool {
		return console.HeldEverywhere(t.Context(), after, f.clock.Now()) == nil
	})
	promoted, err := added.Promote(after)
	must(t, err)
	for _, node := range f.nodes {
		if err := console.MayRetire(t.Context(), before, true, f.clock.Now()); err == nil || !strings.Contains(err.Error(), "seals with key") {
			t.Fatalf("the old key may be retired while a node seals with it: %v", err)
		}
		f.give(node, promoted)
	}
	eventually(t, "the old key is held back by what is stored alone", roundTime, func() bool {
		err := console.MayRetire(t.Context(), before, true, f.clock.Now())
		return err != nil && strings.Contains(err.Error(), "values that are stored")
	})

	resealing, err := server.OpenSealing(t.Context(), places, promoted)
	must(t, err)
	defer func() { must(t, resealing.Close()) }()
	must(t, resealing.Reseal(t.Context(), after, 3, func(r sqlstore.Resealed) error {
		if r.Skipped > 0 {
			return errors.New("a value could not be opened")
		}
		return nil
	}))
	if err := resealing.MayRetire(t.Context(), before, false, f.clock.Now()); err == nil || !strings.Contains(err.Error(), "in Redis") {
		t.Errorf("used codes lie in Redis for ten minutes: %v", err)
	}
	must(t, resealing.MayRetire(t.Context(), before, true, f.clock.Now()))
	if n, err := resealing.DropInFlight(t.Context(), before); err != nil || n == 0 {
		t.Errorf("%d dropped, %v", n, err)
	}
	must(t, resealing.MayRetire(t.Context(), before, false, f.clock.Now()))
	retired, err := promoted.Retire(before, true)
	must(t, err)
	for _, node := range f.nodes {
		f.give(node, retired)
	}
	stop()
	load.Wait()
	counts, err := resealing.Counts(t.Context())
	must(t, err)
	for _, c := range counts {
		if c.Key != after {
			t.Errorf("%d values of %s are sealed with key %d", c.Values, c.Place, c.Key)
		}
	}
	t.Logf("%d and %d sign-ins, each with a refresh, none failed", f.done["olivia"].Load(), f.done["tom"].Load())
}

// A keyset that is no good, or another installation's, changes nothing at a running node; the right one is taken over after it.
func TestNodeGoesOnWhenItsNewSealKeysAreNoGood(t *testing.T) {
	f := startCluster(t)
	node := f.nodes[1]
	other, err := seal.Generate()
	must(t, err)
	foreign, err := seal.Encode(other)
	must(t, err)
	right, err := seal.Encode(f.keys)
	must(t, err)
	for name, text := range map[string]idp.Secret{
		"broken": idp.NewSecret("{"), "empty": {}, "another's": foreign, "cut off": idp.NewSecret(right.Reveal()[:40]),
	} {
		must(t, os.WriteFile(node.file, []byte(text.Reveal()), 0o600))
		node.server.ReloadSealKeys(t.Context())
		keys, err := node.server.Records().ListKeys(t.Context())
		if err != nil || len(keys) == 0 {
			t.Errorf("%s: the node opens nothing any more: %v", name, err)
		}
	}
	added, id, err := f.keys.Add()
	must(t, err)
	text, err := seal.Encode(added)
	must(t, err)
	must(t, os.WriteFile(node.file, []byte(text.Reveal()), 0o600))
	node.server.ReloadSealKeys(t.Context())
	console, err := server.OpenSealing(t.Context(), f.Stores(), f.keys)
	must(t, err)
	defer func() { must(t, console.Close()) }()
	if n := f.holding(console, id); n != 1 {
		t.Errorf("%d nodes hold the new key, want the one that was given it", n)
	}
}

// The key of AWS KMS is replaced, and KMS goes away, while a node runs: it takes the keyset over that the new key encrypts, and needs
// KMS for nothing else.
func TestKeyEncryptionKeyIsReplacedWhileANodeRuns(t *testing.T) {
	f := startCluster(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": testenv.Moto(t), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	settings, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion("ap-southeast-2"))
	must(t, err)
	names := make([]string, 2)
	for i := range names {
		made, err := kms.NewFromConfig(settings).CreateKey(t.Context(), &kms.CreateKeyInput{})
		must(t, err)
		names[i] = "aws-kms://" + *made.KeyMetadata.Arn
	}
	former, next := names[0], names[1]
	file := filepath.Join(t.TempDir(), "keys.json")
	text, err := seal.Source{KEKs: []string{former}}.Encode(t.Context(), f.keys)
	must(t, err)
	must(t, seal.Create(file, text))
	node := f.node(f.config, file, next, former)

	added, id, err := f.keys.Add()
	must(t, err)
	again, err := seal.Source{KEKs: []string{next}}.Encode(t.Context(), added)
	must(t, err)
	must(t, seal.Rewrite(file, text, again))
	node.server.ReloadSealKeys(t.Context())
	console, err := server.OpenSealing(t.Context(), f.Stores(), f.keys)
	must(t, err)
	defer func() { must(t, console.Close()) }()
	if n := f.holding(console, id); n != 1 {
		t.Errorf("%d nodes hold the key that was added, want the one whose file the new key encrypts", n)
	}

	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
	must(t, seal.Rewrite(file, again, idp.NewSecret(again.Reveal()+"\n")))
	node.server.ReloadSealKeys(t.Context())
	keys, err := node.server.Records().ListKeys(t.Context())
	if err != nil || len(keys) == 0 || f.holding(console, id) != 1 {
		t.Errorf("the node needs KMS for what it holds: %v", err)
	}
}

// holding counts the nodes that say that they hold a key.
func (f *cluster) holding(console *server.Sealing, id uint32) (holding int) {
	f.t.Helper()
	nodes, err := console.Nodes(f.t.Context(), f.clock.Now())
	must(f.t, err)
	for _, n := range nodes {
		if slices.Contains(n.Holds, id) {
			holding++
		}
	}
	return holding
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
