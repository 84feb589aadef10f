package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/descope/virtualwebauthn"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testworld"
)

// fob is a device with one passkey, and the browser that it is asked by. The attacker owns it.
type fob struct {
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

// newFob has a key whose coordinates are written in full: the library writes others shorter than they are.
func newFob(issuer string) *fob {
	const whole = 77
	k := &fob{rp: virtualwebauthn.RelyingParty{ID: "localhost", Name: "APS ID", Origin: issuer}, auth: virtualwebauthn.NewAuthenticator()}
	for k.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(k.cred.Key.AttestationData()) != whole; {
		k.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return k
}

var optionsPattern = regexp.MustCompile(`data-options="([^"]+)"`)

// askedBy is what a page asks the browser for.
func askedBy(t *testing.T, p testworld.Page) string {
	t.Helper()
	found := optionsPattern.FindStringSubmatch(p.Body)
	if found == nil {
		t.Fatalf("%s (%d) asks for no passkey", p.At, p.Status)
	}
	return html.UnescapeString(found[1])
}

func (k *fob) makes(t *testing.T, asked string) string {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(asked)
	if err != nil {
		t.Fatal(err)
	}
	var user struct {
		User struct{ ID string }
	}
	if err := json.Unmarshal([]byte(asked), &user); err != nil {
		t.Fatal(err)
	}
	handle, err := base64.RawURLEncoding.DecodeString(user.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.auth.Options.UserHandle = handle
	k.auth.AddCredential(k.cred)
	return virtualwebauthn.CreateAttestationResponse(k.rp, k.auth, k.cred, *options)
}

func (k *fob) proves(t *testing.T, asked string) string {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(asked)
	if err != nil {
		t.Fatal(err)
	}
	k.cred.Counter++
	return virtualwebauthn.CreateAssertionResponse(k.rp, k.auth, k.cred, *options)
}

// forges proves with client and authenticator data that the attacker has changed, and signs that.
func (k *fob) forges(t *testing.T, asked string, client func(map[string]any), data func([]byte)) string {
	t.Helper()
	var answer map[string]any
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(json.Unmarshal([]byte(k.proves(t, asked)), &answer))
	response := answer["response"].(map[string]any)
	raw := func(name string) []byte {
		bytes, err := base64.RawURLEncoding.DecodeString(response[name].(string))
		must(err)
		return bytes
	}
	said, authData := map[string]any{}, raw("authenticatorData")
	must(json.Unmarshal(raw("clientDataJSON"), &said))
	client(said)
	data(authData)
	clientData, err := json.Marshal(said)
	must(err)
	hash := sha256.Sum256(clientData)
	digest := sha256.Sum256(slices.Concat(authData, hash[:]))
	signature, err := k.cred.Key.Sign(digest[:])
	must(err)
	for name, bytes := range map[string][]byte{"clientDataJSON": clientData, "authenticatorData": authData, "signature": signature} {
		response[name] = base64.RawURLEncoding.EncodeToString(bytes)
	}
	forged, err := json.Marshal(answer)
	must(err)
	return string(forged)
}

// passkeyWorld is the demo at an address with a name, where two people have a passkey each.
type passkeyWorld struct {
	*testworld.World
	t       *testing.T
	handler http.Handler
	keys    map[string]*fob
	people  map[string]demo.Person
}

func newPasskeyWorld(t *testing.T) *passkeyWorld {
	t.Helper()
	w := &passkeyWorld{World: testworld.Open(t, func(c *demo.Config) { c.Listen = "localhost:0" }), t: t, keys: map[string]*fob{}, people: map[string]demo.Person{}}
	w.handler = w.Handler()
	for _, name := range []string{"mia", "hana"} {
		w.people[name], w.keys[name] = testworld.PersonOf(t, w.Manifest, name), newFob(w.Manifest.Issuer)
	}
	for name, key := range w.keys {
		v, p := w.begin("acr_values", string(idp.ACRPhishingResistant)) // in hana's practice MFA is off
		p = v.Post(p.At, url.Values{"username": {w.people[name].Username}, "password": {w.people[name].Password}})
		p = v.Post(p.On(t, "choose").At, url.Values{"kind": {"passkey"}})
		p = v.Post(p.On(t, "passkey-setup").At, url.Values{"credential": {key.makes(t, askedBy(t, p))}})
		p = v.Post(p.On(t, "recovery-pin").At, url.Values{"pin": {"274916"}, "pin_confirm": {"274916"}})
		if !strings.HasPrefix(p.At, testworld.Unlistened) {
			t.Fatalf("%s: set up ended at %s (%d)", name, p.At, p.Status)
		}
	}
	return w
}

// begin opens a browser at the first page of a sign-in.
func (w *passkeyWorld) begin(pairs ...string) (*testworld.Visitor, testworld.Page) {
	w.t.Helper()
	v := w.Visitor()
	v.Client.Transport = direct{w.handler}
	query := url.Values{
		"client_id": {w.Manifest.Apps[0].ClientID}, "redirect_uri": {testworld.Unlistened + "callback"}, "response_type": {"code"},
		"scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return v, v.Get("/authorize?"+query.Encode()).On(w.t, "password")
}

// second is a browser at the page that asks for the passkey after the password.
func (w *passkeyWorld) second(name string) (*testworld.Visitor, testworld.Page) {
	w.t.Helper()
	v, p := w.begin()
	return v, v.Post(p.At, url.Values{"username": {w.people[name].Username}, "password": {w.people[name].Password}}).On(w.t, "passkey")
}

// refusals counts the events about refused passkeys, by reason.
func (w *passkeyWorld) refusals() map[idp.Reason]int {
	w.t.Helper()
	count := map[idp.Reason]int{}
	for _, e := range w.events(idp.EventCodeRejected) {
		count[e.Reason]++
	}
	return count
}

// events are those of this type in mia's practice, and those of no practice.
func (w *passkeyWorld) events(kind idp.EventType) (all []idp.AuditEvent) {
	w.t.Helper()
	account, err := w.Records().FindAccountByUsername(w.t.Context(), w.people["mia"].Username)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, practice := range []idp.PracticeID{account.User.PracticeID, ""} {
		found, _, err := w.Records().SearchEvents(w.t.Context(), practice, directory.EventQuery{Type: kind}, sqlstore.Page{Limit: 200})
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// failures is the failure counter of a person's codes.
func (w *passkeyWorld) failures(name string) (failures int) {
	w.t.Helper()
	err := w.Records().InTx(w.t.Context(), func(tx *sqlstore.Tx) error {
		account, err := tx.FindAccountByUsername(w.t.Context(), w.people[name].Username)
		if err != nil {
			return err
		}
		return tx.UpdateGuard(w.t.Context(), string(account.User.ID), idp.ProofCode, func(g idp.Guard) idp.Guard {
			failures = g.Failures
			return g
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return failures
}

func same(map[string]any) {}

func whole([]byte) {}

// Each attack on the passkey after the password: the same short text, one event with its own reason, and one on the counter; the sign-in
// stays where it was, and the right passkey still ends it.
func TestWrongPasskeysAfterThePassword(t *testing.T) {
	w := newPasskeyWorld(t)
	_, elsewhere := w.second("mia")
	const flags = 32 // behind the hash of the RP ID (WebAuthn level 3, section 6.1)
	for _, attack := range []struct {
		name   string
		answer func(asked string) string
		want   idp.Reason
	}{
		{"wrong origin", func(a string) string {
			return w.keys["mia"].forges(t, a, func(c map[string]any) { c["origin"] = "http://localhost.evil.example" }, whole)
		}, idp.ReasonPasskeyOrigin},
		{"another site", func(a string) string { return w.keys["mia"].forges(t, a, same, func(d []byte) { d[0] ^= 1 }) }, idp.ReasonPasskeyRP},
		{"made, not used", func(a string) string {
			return w.keys["mia"].forges(t, a, func(c map[string]any) { c["type"] = "webauthn.create" }, whole)
		}, idp.ReasonPasskeyType},
		{"another sign-in's challenge", func(string) string { return w.keys["mia"].proves(t, askedBy(t, elsewhere)) }, idp.ReasonPasskeyChallenge},
		{"another person's passkey", func(a string) string { return w.keys["hana"].proves(t, a) }, idp.ReasonPasskeyOthers},
		{"a passkey of no one", func(a string) string {
			k := newFob(w.Manifest.Issuer)
			k.auth.AddCredential(k.cred)
			return k.proves(t, a)
		}, idp.ReasonPasskeyUnknown},
		{"nobody there", func(a string) string { return w.keys["mia"].forges(t, a, same, func(d []byte) { d[flags] &^= 1 }) }, idp.ReasonPasskeyAbsent},
		{"not signed", func(a string) string {
			stolen := *w.keys["mia"]
			stolen.cred.Key = newFob("").cred.Key
			return stolen.proves(t, a)
		}, idp.ReasonPasskeySignature},
		{"1 MB", func(string) string { return strings.Repeat("A", 1<<20) }, idp.ReasonPasskeySize},
		{"20 KB", func(string) string { return strings.Repeat("A", 20<<10) }, idp.ReasonPasskeySize},
		{"no JSON", func(string) string { return "[[[[" }, idp.ReasonPasskeyForm},
		{"cut short", func(a string) string { return w.keys["mia"].proves(t, a)[:200] }, idp.ReasonPasskeyForm},
		{"a CBOR bomb", func(a string) string {
			var answer map[string]any
			if err := json.Unmarshal([]byte(w.keys["mia"].proves(t, a)), &answer); err != nil {
				t.Fatal(err)
			}
			bomb := append(make([]byte, 37), []byte("\x9b\xff\xff\xff\xff\xff\xff\xff\xff")...)
			bomb[flags] = 0x85 // with extensions
			answer["response"].(map[string]any)["authenticatorData"] = base64.RawURLEncoding.EncodeToString(bomb)
			text, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}, idp.ReasonPasskeyForm},
	} {
		t.Run(attack.name, func(t *testing.T) {
			v, p := w.second("mia")
			before, failures := w.refusals(), w.failures("mia")
			refused := v.Post(p.At, url.Values{"credential": {attack.answer(askedBy(t, p))}})
			if refused.Status != http.StatusUnprocessableEntity || refused.Step != "passkey" || strings.Count(refused.Body, passkey.TextRefused) != 1 || strings.Contains(refused.Body, "left before") {
				t.Errorf("%d at %q\n%s", refused.Status, refused.Step, refused.Body)
			}
			after := w.refusals()
			if after[attack.want] != before[attack.want]+1 || sum(after) != sum(before)+1 {
				t.Errorf("events %v, before %v, want one more of %s", after, before, attack.want)
			}
			if got := w.failures("mia"); got != failures+1 {
				t.Errorf("%d failures, %d before", got, failures)
			}
			if again := askedBy(t, refused); again == askedBy(t, p) {
				t.Error("the same is asked again")
			}
			done := v.Post(refused.At, url.Values{"credential": {w.keys["mia"].proves(t, askedBy(t, refused))}})
			if !strings.HasPrefix(done.At, testworld.Unlistened) {
				t.Errorf("then the right one: %d at %q", done.Status, done.Step)
			}
			if got := w.failures("mia"); got != 0 {
				t.Errorf("%d failures after a right one", got)
			}
		})
	}
}

func sum(count map[idp.Reason]int) (all int) {
	for _, n := range count {
		all += n
	}
	return all
}

// An answer that has counted counts nowhere again; nor does that of a copy that has not counted on.
func TestAPasskeysAnswerCountsOnce(t *testing.T) {
	w := newPasskeyWorld(t)
	v, p := w.second("mia")
	answer := w.keys["mia"].proves(t, askedBy(t, p))
	if done := v.Post(p.At, url.Values{"credential": {answer}}); !strings.HasPrefix(done.At, testworld.Unlistened) {
		t.Fatalf("%d at %q", done.Status, done.Step)
	}
	v, p = w.second("mia")
	refused := v.Post(p.At, url.Values{"credential": {answer}}) // in another sign-in
	if refused.Status != http.StatusUnprocessableEntity || w.refusals()[idp.ReasonPasskeyChallenge] != 1 {
		t.Errorf("a replay: %d, %v", refused.Status, w.refusals())
	}
	copied := *w.keys["mia"]
	copied.cred.Counter = 0
	refused = v.Post(refused.At, url.Values{"credential": {copied.proves(t, askedBy(t, refused))}})
	if refused.Status != http.StatusUnprocessableEntity || w.refusals()[idp.ReasonPasskeyCounter] != 1 {
		t.Errorf("a copy: %d, %v", refused.Status, w.refusals())
	}
	account, err := w.Records().FindAccountByUsername(t.Context(), w.people["mia"].Username)
	if err != nil || account.Authenticators[0].Passkey.RegressedAt.IsZero() {
		t.Errorf("that the counter went backwards is not recorded: %v, %+v", err, account.Authenticators)
	}

	v, p = w.second("mia") // which forgets the failures, if the right one comes last
	answer = w.keys["mia"].proves(t, askedBy(t, p))
	codes, waiting := make(chan string, 4), sync.WaitGroup{}
	for range 4 {
		waiting.Go(func() {
			q := v.Ask(http.MethodPost, p.At, url.Values{"credential": {answer}})
			codes <- q.To
		})
	}
	waiting.Wait()
	close(codes)
	through := 0
	for to := range codes {
		if strings.HasSuffix(to, "/done") { // who comes second is shown where the sign-in is, or that it began again
			through++
		}
	}
	if through == 0 {
		t.Error("none of four at once was let through")
	}
	if got := len(w.events(idp.EventSigninSucceeded)); got != 3 { // with the set-up, and the one above
		t.Errorf("%d sign-ins succeeded", got)
	}
}

// The same by itself, where it is not known who answers: the page of the first step, with the same text.
func TestWrongPasskeysByThemselves(t *testing.T) {
	w := newPasskeyWorld(t)
	const flags, verified = 32, 4
	_, elsewhere := w.begin()
	for _, attack := range []struct {
		name   string
		answer func(asked string) string
		want   idp.Reason
		counts bool // on the counter of mia's codes
	}{
		{"downgraded", func(a string) string {
			return w.keys["mia"].forges(t, a, same, func(d []byte) { d[flags] &^= verified })
		}, idp.ReasonPasskeyUnverified, true},
		{"wrong origin", func(a string) string {
			return w.keys["mia"].forges(t, a, func(c map[string]any) { c["origin"] = "http://localhost.evil.example" }, whole)
		}, idp.ReasonPasskeyOrigin, true},
		{"another sign-in's challenge", func(string) string { return w.keys["mia"].proves(t, askedBy(t, elsewhere)) }, idp.ReasonPasskeyChallenge, true},
		{"names another person", func(a string) string {
			stolen := *w.keys["mia"]
			stolen.auth.Options.UserHandle = w.keys["hana"].auth.Options.UserHandle
			return stolen.proves(t, a)
		}, idp.ReasonPasskeyHandle, true},
		{"a passkey of no one", func(a string) string {
			k := newFob(w.Manifest.Issuer)
			k.auth.Options.UserHandle = w.keys["mia"].auth.Options.UserHandle
			k.auth.AddCredential(k.cred)
			return k.proves(t, a)
		}, idp.ReasonPasskeyUnknown, false},
		{"1 MB", func(string) string { return strings.Repeat("A", 1<<20) }, idp.ReasonPasskeySize, false},
	} {
		t.Run(attack.name, func(t *testing.T) {
			v, p := w.begin()
			before, failures := w.refusals(), w.failures("mia")
			refused := v.Post(p.At, url.Values{"credential": {attack.answer(askedBy(t, p))}})
			if refused.Status != http.StatusUnprocessableEntity || refused.Step != "password" || strings.Count(refused.Body, passkey.TextRefused) != 1 || strings.Contains(refused.Body, "left before") {
				t.Errorf("%d at %q", refused.Status, refused.Step)
			}
			if unknown := strings.Contains(refused.Body, "data-passkey-unknown"); unknown != (attack.want == idp.ReasonPasskeyUnknown) {
				t.Errorf("the browser is told to forget it: %v", unknown)
			}
			if after := w.refusals(); after[attack.want] != before[attack.want]+1 || sum(after) != sum(before)+1 {
				t.Errorf("events %v, before %v, want one more of %s", after, before, attack.want)
			}
			if got := w.failures("mia"); (got == failures+1) != attack.counts {
				t.Errorf("%d failures, %d before", got, failures)
			}
			done := v.Post(refused.At, url.Values{"credential": {w.keys["mia"].proves(t, askedBy(t, refused))}})
			if !strings.HasPrefix(done.At, testworld.Unlistened) {
				t.Errorf("then the right one: %d at %q", done.Status, done.Step)
			}
		})
	}
}
