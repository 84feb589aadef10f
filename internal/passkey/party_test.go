package passkey_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/google/uuid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

func TestWhoCanBeARelyingParty(t *testing.T) {
	good := passkey.Config{ID: "id.example.com", Name: "APS ID", Origins: []string{site}}
	for name, change := range map[string]func(*passkey.Config){
		"an address":          func(c *passkey.Config) { c.ID = "127.0.0.1" },
		"an address of six":   func(c *passkey.Config) { c.ID = "::1" },
		"a URL":               func(c *passkey.Config) { c.ID = site },
		"a port":              func(c *passkey.Config) { c.ID = "id.example.com:443" },
		"no ID":               func(c *passkey.Config) { c.ID = "" },
		"no name":             func(c *passkey.Config) { c.Name = "" },
		"no origin":           func(c *passkey.Config) { c.Origins = nil },
		"a path":              func(c *passkey.Config) { c.Origins = []string{site + "/"} },
		"an origin of no web": func(c *passkey.Config) { c.Origins = []string{site, "android:apk-key-hash:abc"} },
	} {
		bad := good
		change(&bad)
		if _, err := passkey.New(bad); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	party, err := passkey.New(good)
	must(t, err)
	if party.ID() != "id.example.com" {
		t.Errorf("ID %s", party.ID())
	}
}

func TestWhatBrowsersAreTold(t *testing.T) {
	party, person := newParty(t), newPerson()
	document, err := party.RelatedOrigins()
	must(t, err)
	if want := `{"origins":["https://id.example.com","https://id.example.net"]}`; string(document) != want {
		t.Errorf("related origins %s, want %s", document, want)
	}
	told := func() string {
		t.Helper()
		raw, err := json.Marshal(party.Accepted(person))
		must(t, err)
		return string(raw)
	}
	if want := `{"rpId":"id.example.com","userId":"` + string(person.Handle) + `","allAcceptedCredentialIds":[]}`; told() != want {
		t.Errorf("told %s, want %s", told(), want)
	}
	person.Bound = []idp.Authenticator{{Kind: idp.KindTOTP}, {Kind: idp.KindPasskey, Passkey: idp.Passkey{Credential: "Y3JlZA"}}}
	if want := `{"rpId":"id.example.com","userId":"` + string(person.Handle) + `","allAcceptedCredentialIds":["Y3JlZA"]}`; told() != want {
		t.Errorf("told %s, want %s", told(), want)
	}
}

func TestEveryModelHasAName(t *testing.T) {
	list, err := os.ReadFile("models.txt")
	must(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		model, name, _ := strings.Cut(line, " ")
		id, err := uuid.Parse(model)
		if err != nil || id.String() != model || seen[model] || name == "" || strings.TrimSpace(name) != name {
			t.Errorf("%q", line)
		}
		seen[model] = true
		if got := passkey.NameOf(idp.Passkey{Model: model, Transports: []string{"usb"}}); got != name {
			t.Errorf("%s is called %q, want %q", model, got, name)
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d models", len(seen))
	}
	for name, p := range map[string]idp.Passkey{
		"Passkey": {}, "Security key": {Transports: []string{"nfc", "usb"}}, "iCloud Keychain": {Model: "fbfc3007-154e-4ecc-8c0b-6e020557d7bd"},
	} {
		if got := passkey.NameOf(p); got != name {
			t.Errorf("%+v is called %q, want %q", p, got, name)
		}
	}
	if got := passkey.NameOf(idp.Passkey{Model: "#"}); got != "Passkey" {
		t.Errorf("a comment is a name: %q", got)
	}
	if passkey.Keeping(idp.Passkey{BackupEligible: true}) != "this device only" {
		t.Error("what may be synced is said to be so")
	}
}

// The third algorithm, which the virtual authenticator does not know.
func TestEdDSA(t *testing.T) {
	party, person := newParty(t), newPerson()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	asked, c, err := party.BeginAdding(person, binding, begin())
	must(t, err)
	record, err := party.Add(c, binding, keyed(map[int]any{1: 1, 3: -8, -1: 6, -2: []byte(public)})(t, d.add(t, asked)), nil, begin())
	must(t, err)
	holder := passkey.Holder{Handle: person.Handle, Authenticator: idp.Authenticator{ID: c.Adds, UserID: person.ID, Kind: idp.KindPasskey, Passkey: record}}
	d.auth.Options.UserHandle = handleBytes(t, person.Handle)
	asked, c, err = party.BeginAlone(binding, begin())
	must(t, err)
	fields := decode(t, d.prove(t, asked))
	response := fields["response"].(map[string]any)
	hash := sha256.Sum256(bytesOf(t, response["clientDataJSON"]))
	response["signature"] = text(ed25519.Sign(private, slices.Concat(bytesOf(t, response["authenticatorData"]), hash[:])))
	answer, err := passkey.Read(encode(t, fields))
	must(t, err)
	_, err = party.Verify(c, binding, answer, holder, begin())
	must(t, err)
}

// What says that it is large takes no memory for that: only what was sent does.
func TestBombsTakeNoMemory(t *testing.T) {
	party, d := newParty(t), newDevice(virtualwebauthn.KeyTypeEC2)
	asked, c, err := party.BeginAdding(newPerson(), binding, begin())
	must(t, err)
	good := d.add(t, asked)
	const most = 4 << 20
	for name, bomb := range map[string][]byte{
		"array":  {0x9b, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff},
		"map":    {0xbb, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff},
		"bytes":  {0x5b, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff},
		"nested": bytes.Repeat([]byte{0x82}, 10_000),
		"wide":   append([]byte{0x9a, 0, 0, 0x27, 0x10}, bytes.Repeat([]byte{0xa0}, 10_000)...),
	} {
		for place, sent := range map[string][]byte{
			"object":    replaced(bomb)(t, good),
			"statement": replaced(slices.Concat([]byte{0xa3, 0x63}, []byte("fmt"), []byte{0x64}, []byte("none"), []byte{0x67}, []byte("attStmt"), bomb))(t, good),
			"key":       data(func(raw []byte) []byte { return append(slices.Clone(raw[:87]), bomb...) })(t, good),
		} {
			before, after := runtime.MemStats{}, runtime.MemStats{}
			runtime.ReadMemStats(&before)
			if _, err := party.Add(c, binding, sent, nil, begin()); err == nil {
				t.Errorf("%s in the %s is taken", name, place)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > most {
				t.Errorf("%s in the %s takes %d bytes", name, place, took)
			}
		}
	}
}
