package keyring_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
)

var payload = []byte(`{"sub":"usr_1"}`)

func start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

func TestSignedTokenVerifiesUnderThePublishedKey(t *testing.T) {
	ring := open(t, &memory{}, start())
	for _, alg := range []string{keyring.ES256, keyring.RS256} {
		token := sign(t, ring, alg)
		header := headerOf(t, token)
		if header["alg"] != alg || header["typ"] != "at+jwt" || len(header) != 3 {
			t.Errorf("%s: header %v", alg, header)
		}
		verify(t, ring, token, alg)
	}
}

func TestEachTypeOfTokenKeepsItsOwn(t *testing.T) {
	ring := open(t, &memory{}, start())
	for _, typ := range []string{"JWT", "at+jwt", "logout+jwt", "JWT"} {
		token, err := ring.Sign(t.Context(), keyring.ES256, typ, payload)
		if err != nil {
			t.Fatal(err)
		}
		if got := headerOf(t, token)["typ"]; got != typ {
			t.Errorf("typ %v, want %s", got, typ)
		}
	}
}

func TestPublishedKeysHoldNothingPrivate(t *testing.T) {
	ring := open(t, &memory{}, start())
	text, err := json.Marshal(ring.Public())
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 {
		t.Fatalf("%d keys are published", len(set.Keys))
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, found := key[private]; found {
				t.Errorf("key %v publishes %q", key["kid"], private)
			}
		}
		if key["use"] != "sig" || key["alg"] == "" {
			t.Errorf("key %v: use %v, alg %v", key["kid"], key["use"], key["alg"])
		}
	}
}

func TestNodesThatStartTogetherAgree(t *testing.T) { // ABUSE 15
	const nodes = 8
	var first sync.WaitGroup
	first.Add(nodes)
	var once [nodes]sync.Once
	store := &memory{}
	var mu sync.Mutex
	asked := 0
	store.onList = func() { // every node has seen the empty store before any creates a key
		mu.Lock()
		mine := asked
		asked++
		mu.Unlock()
		if mine < nodes {
			once[mine].Do(first.Done)
		}
		first.Wait()
	}

	rings := make([]*keyring.Ring, nodes)
	var group sync.WaitGroup
	for i := range nodes {
		group.Go(func() {
			ring, err := keyring.Open(t.Context(), store, keyring.Config{Log: slog.New(slog.DiscardHandler)}, start().Add(time.Duration(i)*time.Second))
			if err != nil {
				t.Error(err)
			}
			rings[i] = ring
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	if len(store.keys) != 2 {
		t.Fatalf("%d keys were created, want one of each algorithm", len(store.keys))
	}
	for _, alg := range []string{keyring.ES256, keyring.RS256} {
		for _, signing := range rings {
			token := sign(t, signing, alg)
			for _, verifying := range rings {
				verify(t, verifying, token, alg)
			}
		}
	}
}

func TestRotationPublishesBeforeItSigns(t *testing.T) { // ABUSE 15
	store := &memory{}
	rotating, following := open(t, store, start()), open(t, store, start())
	old := sign(t, rotating, keyring.ES256)
	oldKid := kidOf(t, old)

	now := start().Add(time.Hour)
	rotate(t, store, rotating, now)
	if got := len(rotating.Public().Keys); got != 4 {
		t.Errorf("%d keys are public after the rotation, want 4", got)
	}
	if kid := kidOf(t, sign(t, rotating, keyring.ES256)); kid != oldKid {
		t.Errorf("the new key %s signs at once: nodes that have not refreshed refuse its tokens", kid)
	}

	now = now.Add(time.Minute) // the other node refreshes
	refresh(t, following, now)
	now = now.Add(11 * time.Minute)
	refresh(t, rotating, now)
	fresh := sign(t, rotating, keyring.ES256)
	if kidOf(t, fresh) == oldKid {
		t.Fatal("the old key still signs")
	}
	verify(t, following, fresh, keyring.ES256)
	verify(t, rotating, old, keyring.ES256)
	verify(t, following, old, keyring.ES256)
}

func TestAskingTwiceForARotationIsOneRotation(t *testing.T) {
	store := &memory{}
	ring := open(t, store, start())
	for range 2 {
		rotate(t, store, ring, start().Add(time.Second))
	}
	if len(store.keys) != 4 {
		t.Errorf("%d keys, want 4", len(store.keys))
	}
}

func TestKeysOfAYear(t *testing.T) { // ABUSE 15
	store := &memory{}
	ring := open(t, store, start())
	type signed struct {
		token string
		at    time.Time
	}
	var live []signed
	kids := map[string]bool{}
	for now := start(); now.Before(start().AddDate(1, 0, 0)); now = now.Add(6 * time.Hour) {
		refresh(t, ring, now)
		token := sign(t, ring, keyring.ES256)
		kids[kidOf(t, token)] = true
		live = append(live, signed{token, now})
		for len(live) > 0 && now.Sub(live[0].at) > 24*time.Hour {
			live = live[1:]
		}
		for _, earlier := range live {
			verify(t, ring, earlier.token, keyring.ES256)
		}
	}
	if len(kids) != 5 {
		t.Errorf("%d keys signed in a year, want one for each 90 days and a bit", len(kids))
	}
	if got := len(ring.Public().Keys); got > 4 {
		t.Errorf("%d keys are public: old ones stay", got)
	}
}

func TestAKeyThatIsOverIsNotFound(t *testing.T) {
	store := &memory{}
	ring := open(t, store, start())
	kid := kidOf(t, sign(t, ring, keyring.ES256))
	refresh(t, ring, start().Add(92*24*time.Hour))
	if _, found := ring.Find(t.Context(), kid, start()); found {
		t.Error("the key is found after its last token is over")
	}
	if kidOf(t, sign(t, ring, keyring.ES256)) == kid {
		t.Error("the key signs after its last token is over")
	}
}

func TestUnknownKidsCostNothing(t *testing.T) { // ABUSE 8, 15
	store := &memory{}
	ring := open(t, store, start())
	before := store.lists
	kids := []string{
		"", "../../../etc/passwd", "/dev/null", "' OR 1=1 --", "key_0' UNION SELECT private FROM keys --",
		"https://attacker.example/keys", strings.Repeat("k", 1<<20), "key_\x00", strings.ToUpper(kidOf(t, sign(t, ring, keyring.ES256))),
	}
	for range 1000 {
		for _, kid := range kids {
			if _, found := ring.Find(t.Context(), kid, start()); found {
				t.Fatalf("found a key for %.40q", kid)
			}
		}
	}
	if store.lists != before {
		t.Errorf("the store was asked %d times", store.lists-before)
	}
	if allocations := testing.AllocsPerRun(100, func() { ring.Find(t.Context(), kids[1], start()) }); allocations != 0 {
		t.Errorf("%v allocations for an unknown key", allocations)
	}
}

func TestAlgorithmsAreNotMixed(t *testing.T) { // ABUSE 8
	store := &memory{}
	ring := open(t, store, start())
	for _, alg := range []string{"none", "HS256", "ES384", "PS256", "", "es256"} {
		if token, err := ring.Sign(t.Context(), alg, "JWT", payload); idp.CodeOf(err) != idp.CodeInternal {
			t.Errorf("%q: signed %q, %v", alg, token, err)
		}
	}
	for _, key := range ring.Public().Keys {
		found, ok := ring.Find(t.Context(), key.KeyID, start())
		if !ok || found.Algorithm != key.Algorithm {
			t.Errorf("key %s is for %q, published for %q", key.KeyID, found.Algorithm, key.Algorithm)
		}
	}

	swapped := append([]keyring.Key(nil), store.keys...)
	swapped[0].Alg, swapped[1].Alg = swapped[1].Alg, swapped[0].Alg
	_, err := keyring.Open(t.Context(), &memory{keys: swapped}, keyring.Config{Log: slog.New(slog.DiscardHandler)}, start())
	if idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("keys stored under each other's algorithm were taken: %v", err)
	}
}

func TestABrokenKeyIsSaidAndNotShown(t *testing.T) {
	for _, broken := range []string{"", "!", "c2VjcmV0LW1hdGVyaWFs"} {
		store := &memory{}
		open(t, store, start())
		store.keys[0].Private = idp.NewSecret(broken)
		_, err := keyring.Open(t.Context(), store, keyring.Config{Log: slog.New(slog.DiscardHandler)}, start())
		if err == nil || !strings.Contains(err.Error(), store.keys[0].ID) {
			t.Errorf("error %v does not name the key", err)
		} else if broken != "" && strings.Contains(err.Error(), broken) {
			t.Errorf("error %v shows the material", err)
		}
	}
}

func TestRingGoesOnWithoutItsStore(t *testing.T) { // ABUSE 43
	store := &memory{}
	ring := open(t, store, start())
	kid := kidOf(t, sign(t, ring, keyring.ES256))
	store.broken = idp.Wrap(idp.CodeUnavailable, errors.New("down"))
	for _, later := range []time.Duration{time.Minute, 90*24*time.Hour + time.Minute} {
		if err := ring.Refresh(t.Context(), start().Add(later)); !errors.Is(err, idp.ErrUnavailable) {
			t.Errorf("refresh said %v", err)
		}
		if got := kidOf(t, sign(t, ring, keyring.ES256)); got != kid {
			t.Errorf("signed with %s, want %s", got, kid)
		}
	}
	if _, err := keyring.Open(t.Context(), store, keyring.Config{Log: slog.New(slog.DiscardHandler)}, start()); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("open said %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ring := open(t, &memory{}, start())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { ring.Run(ctx, time.Now); close(done) }()
	cancel()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("Run goes on")
	}
}

func open(t testing.TB, store keyring.Store, now time.Time) *keyring.Ring {
	t.Helper()
	ring, err := keyring.Open(t.Context(), store, keyring.Config{Log: slog.New(slog.DiscardHandler)}, now)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func refresh(t *testing.T, ring *keyring.Ring, now time.Time) {
	t.Helper()
	if err := ring.Refresh(t.Context(), now); err != nil {
		t.Fatal(err)
	}
}

// rotate does what an operator asks for, and lets the ring know.
func rotate(t *testing.T, store *memory, ring *keyring.Ring, now time.Time) {
	t.Helper()
	if _, err := keyring.NewOperator(store, 0).Rotate(t.Context(), shell(), now); err != nil {
		t.Fatal(err)
	}
	refresh(t, ring, now)
}

func shell() idp.Actor { return idp.Actor{Kind: idp.ActorSystem, ID: "shell:root"} }

func sign(t *testing.T, ring *keyring.Ring, alg string) string {
	t.Helper()
	token, err := ring.Sign(t.Context(), alg, "at+jwt", payload)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func verify(t *testing.T, ring *keyring.Ring, token, alg string) {
	t.Helper()
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		t.Fatal(err)
	}
	key, found := ring.Find(t.Context(), parsed.Signatures[0].Header.KeyID, start())
	if !found {
		t.Fatalf("no key %s", parsed.Signatures[0].Header.KeyID)
	}
	verified, err := parsed.Verify(key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(payload), string(verified)); diff != "" {
		t.Fatal(diff)
	}
}

func headerOf(t *testing.T, token string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var header map[string]any
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	return header
}

func kidOf(t *testing.T, token string) string {
	t.Helper()
	kid, _ := headerOf(t, token)["kid"].(string)
	if kid == "" {
		t.Fatalf("no kid in %s", token)
	}
	return kid
}
