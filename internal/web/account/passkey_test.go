package account_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testworld"
)

const newPasskey = "/account/authenticators/new/passkey"

var (
	askedPattern    = regexp.MustCompile(`data-options="([^"]+)"`)
	setupPattern    = regexp.MustCompile(`name="setup" value="([^"]+)"`)
	acceptedPattern = regexp.MustCompile(`data-passkey-accepted="([^"]+)"`)
)

// device is a phone with one passkey.
type device struct {
	t    *testing.T
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

func (h *house) device() *device {
	const whole = 77 // keys that the virtual authenticator writes too short are left out
	d := &device{
		t: h.t, rp: virtualwebauthn.RelyingParty{ID: "localhost", Name: "APS ID", Origin: h.Manifest.Issuer}, auth: virtualwebauthn.NewAuthenticator(),
	}
	d.auth.Aaguid = [16]byte{0x08, 0x98, 0x70, 0x58, 0xca, 0xdc, 0x4b, 0x81, 0xb6, 0xe1, 0x30, 0xde, 0x50, 0xdc, 0xbe, 0x96} // Windows Hello
	d.auth.Options = virtualwebauthn.AuthenticatorOptions{BackupEligible: true, BackupState: true}
	for len(d.cred.ID) == 0 || len(d.cred.Key.AttestationData()) != whole {
		d.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return d
}

// answer is the form that a browser sends from the page that asks for a passkey.
func (d *device) answer(p testworld.Page) url.Values {
	d.t.Helper()
	p.On(d.t, "authenticator-passkey")
	asked, err := virtualwebauthn.ParseAttestationOptions(html.UnescapeString(p.One(d.t, askedPattern)))
	if err != nil {
		d.t.Fatal(err)
	}
	return url.Values{
		"setup": {p.One(d.t, setupPattern)}, passkey.Field: {virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.cred, *asked)},
	}
}

func (s *surfer) add(d *device) testworld.Page {
	s.house.t.Helper()
	return s.Post(newPasskey, d.answer(s.Get(newPasskey)))
}

func TestAddingAPasskey(t *testing.T) { // ABUSE 16, 30
	h := newHouse(t)
	s := h.in("tom")
	s.Get("/account/authenticators/new").On(t, "authenticator-choose").Shows(t, `value="passkey"`)
	if at := s.Post("/account/authenticators/new", url.Values{"kind": {"passkey"}}).On(t, "authenticator-passkey"); at.At != newPasskey {
		t.Errorf("led to %s", at.At)
	}
	d := h.device()
	named := s.add(d).On(t, "authenticator-rename").Shows(t, `value="Windows Hello"`, "Added.", "Keep this name")
	list := s.Post(named.At, url.Values{"label": {"My laptop"}}).On(t, "authenticators").Shows(t, "My laptop", "Passkey, synced", "Go-http-client")
	h.mail(s.who.Username, regexp.MustCompile(`(Windows Hello)`))

	// The browser is told which count, and the page says nothing else of the key.
	bound := h.Account("tom").Authenticators[0]
	var told passkey.Accepted
	if err := json.Unmarshal([]byte(html.UnescapeString(list.One(t, acceptedPattern))), &told); err != nil {
		t.Fatal(err)
	}
	if told.RPID != "localhost" || len(told.Credentials) != 1 || told.Credentials[0] != bound.Passkey.Credential {
		t.Errorf("the browser is told %+v", told)
	}
	s.Get("/account").On(t, "account").Shows(t, "Add a second passkey", "My laptop")
	second := s.Get(newPasskey)
	if !strings.Contains(html.UnescapeString(second.One(t, askedPattern)), string(bound.Passkey.Credential)) {
		t.Error("the browser is not told that it has one")
	}
	again := s.add(d).On(t, "authenticator-passkey") // a browser that does it all the same
	if again.Status != http.StatusUnprocessableEntity || !strings.Contains(again.Body, passkey.TextRefused) {
		t.Errorf("the same passkey twice: %d", again.Status)
	}
	s.add(h.device()).On(t, "authenticator-rename").Shows(t, `value="Windows Hello"`)
	if body := s.Get("/account").On(t, "account").Body; strings.Contains(body, "Add a second passkey") {
		t.Error("there are two, and a second one is asked for")
	}
	left := s.Post("/account/authenticators/"+string(bound.ID)+"/remove", url.Values{}).On(t, "authenticators")
	if err := json.Unmarshal([]byte(html.UnescapeString(left.One(t, acceptedPattern))), &told); err != nil || len(told.Credentials) != 1 || told.Credentials[0] == bound.Passkey.Credential {
		t.Errorf("after the removal the browser is told %+v, %v", told, err)
	}
}

// A passkey that answered like a copy of itself is marked, for its person and for who looks after them.
func TestAPasskeyThatMayBeACopyIsMarked(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	s.add(h.device())
	bound := h.Account("tom").Authenticators[0]
	err := h.Records().InTx(t.Context(), func(tx *sqlstore.Tx) error {
		for _, use := range []idp.PasskeyUse{{SignCount: 9, Challenge: "a"}, {SignCount: 3, Challenge: "b"}} {
			use.ID, use.Until = bound.ID, h.Clock.Now().Add(time.Minute)
			if _, err := tx.UsePasskey(t.Context(), use, h.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Get("/account/authenticators").On(t, "authenticators").Shows(t, "It may have been copied")
	olivia := h.surfer()
	olivia.who = h.Person("olivia")
	olivia.signIn(olivia.Get("/manage/users/"+string(bound.UserID))).Shows(t, "It may have been copied", "Passkey, this device only", "Windows Hello")
}

// ABUSE 21, 23, 32, 38: what does not count is answered in one way, and adds nothing.
func TestPasskeysThatAreNotAdded(t *testing.T) {
	h := newHouse(t)
	tom, olivia := h.in("tom"), h.in("olivia")
	elsewhere := h.in("tom") // another browser of the same person
	taken := h.device()
	olivia.add(taken).On(t, "authenticator-rename")
	before := len(h.Account("tom").Authenticators)
	refused := func(name string, by *surfer, form url.Values, status int, says string) {
		t.Helper()
		h.forgive("tom")
		p := by.Post(newPasskey, form)
		if p.Status != status || !strings.Contains(p.Body, says) {
			t.Errorf("%s: %d\n%s", name, p.Status, p.Body)
		}
		if n := len(h.Account("tom").Authenticators); n != before {
			t.Fatalf("%s: added", name)
		}
	}
	const wrong = http.StatusUnprocessableEntity
	fresh := func() url.Values { return h.device().answer(tom.Get(newPasskey)) }
	refused("another session", elsewhere, fresh(), wrong, passkey.TextRefused)
	refused("another person's set-up", tom, h.device().answer(olivia.Get(newPasskey)), http.StatusOK, "That took too long")
	refused("what somebody has", tom, taken.answer(tom.Get(newPasskey)), wrong, passkey.TextRefused)

	evil := h.device()
	evil.rp.Origin = strings.Replace(h.Manifest.Issuer, "localhost", "localhost.evil.test", 1)
	refused("another site", tom, evil.answer(tom.Get(newPasskey)), wrong, passkey.TextRefused)

	mixed := fresh()
	mixed.Set("setup", tom.Get(newPasskey).One(t, setupPattern))
	refused("the answer to another challenge", tom, mixed, wrong, passkey.TextRefused)
	refused("what was answered before", tom, url.Values{"setup": mixed["setup"], passkey.Field: fresh()[passkey.Field]}, wrong, passkey.TextRefused)

	forged := fresh()
	forged.Set("setup", strings.ToUpper(forged.Get("setup")))
	refused("a set-up that was changed", tom, forged, http.StatusOK, "That took too long")

	bomb := fresh()
	var fields map[string]any
	if err := json.Unmarshal([]byte(bomb.Get(passkey.Field)), &fields); err != nil {
		t.Fatal(err)
	}
	fields["response"].(map[string]any)["attestationObject"] = "mwAAAAB_____"
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	bomb.Set(passkey.Field, string(raw))
	refused("a bomb", tom, bomb, wrong, passkey.TextRefused)

	large := fresh()
	large.Set(passkey.Field, large.Get(passkey.Field)+strings.Repeat(" ", 1<<20))
	tom.Forge = func(r *http.Request) { // the set-up comes first, as the browser sends it
		if r.Method == http.MethodPost {
			r.Body = io.NopCloser(strings.NewReader("setup=" + large.Get("setup") + "&" + url.Values{passkey.Field: large[passkey.Field]}.Encode()))
			r.ContentLength = -1
		}
	}
	refused("a megabyte", tom, large, wrong, passkey.TextRefused)
	tom.Forge = nil
	if e := h.Events("tom")[0]; e.Reason != idp.ReasonPasskeySize {
		t.Errorf("a megabyte left %+v", e)
	}
	refused("a megabyte from elsewhere", tom, large, http.StatusRequestEntityTooLarge, "")
	refused("no script", tom, url.Values{"setup": fresh()["setup"], passkey.Field: {""}}, wrong, "needs JavaScript")
}

// forgive clears the counter of wrong codes.
func (h *house) forgive(name string) {
	h.t.Helper()
	user := h.Account(name).User.ID
	err := h.Records().InTx(h.t.Context(), func(tx *sqlstore.Tx) error {
		return tx.UpdateGuard(h.t.Context(), string(user), idp.ProofCode, func(g idp.Guard) idp.Guard {
			return idp.Guard{Subject: g.Subject, Proof: g.Proof}
		})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Where the issuer is an IP address, nothing offers passkeys.
func TestNoPasskeysAtAnAddress(t *testing.T) {
	h := &house{World: testworld.Open(t), t: t}
	s := h.in("tom")
	if p := s.Get("/account/authenticators/new").On(t, "authenticator-choose"); strings.Contains(strings.ToLower(p.Body), "passkey") {
		t.Errorf("offered\n%s", p.Body)
	}
	if p := s.Get(newPasskey); p.Status != http.StatusNotFound {
		t.Errorf("the page: %d", p.Status)
	}
	if p := s.Post(newPasskey, url.Values{"setup": {"x"}, passkey.Field: {"{}"}}); p.Status != http.StatusNotFound {
		t.Errorf("the form: %d", p.Status)
	}
}
