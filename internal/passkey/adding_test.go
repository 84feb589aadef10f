package passkey_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/fxamacker/cbor/v2"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

func TestAPasskeyIsAdded(t *testing.T) {
	party := newParty(t)
	for name, kind := range map[string]virtualwebauthn.KeyType{"ES256": virtualwebauthn.KeyTypeEC2, "RS256": virtualwebauthn.KeyTypeRSA} {
		d, person := newDevice(kind), newPerson()
		d.auth.Options = virtualwebauthn.AuthenticatorOptions{BackupEligible: true, BackupState: true}
		d.auth.Aaguid = [16]byte{0xba, 0xda, 0x55, 0x66, 0xa7, 0xaa, 0x40, 0x1f, 0xbd, 0x96, 0x45, 0x61, 0x9a, 0x55, 0x12, 0x0d}
		d.cred.Counter = 7
		asked, c, err := party.BeginAdding(person, binding, begin())
		must(t, err)
		sent := decode(t, d.add(t, asked))
		sent["response"].(map[string]any)["transports"] = []string{"usb", "internal", "usb", "carrier-pigeon", strings.Repeat("x", 1000)}
		got, err := party.Add(c, binding, encode(t, sent), nil, begin().Add(time.Minute))
		must(t, err)
		if got.PublicKey.IsZero() {
			t.Errorf("%s: no key", name)
		}
		got.PublicKey = idp.Secret{}
		want := idp.Passkey{
			Credential: idp.CredentialID(text(d.cred.ID)), SignCount: 7, BackupEligible: true, BackedUp: true,
			Model: "bada5566-a7aa-401f-bd96-45619a55120d", Transports: []string{"internal", "usb"},
		}
		if !slices.Equal(got.Transports, want.Transports) || got.Model != want.Model || got.Credential != want.Credential ||
			got.SignCount != want.SignCount || !got.BackupEligible || !got.BackedUp || !got.RegressedAt.IsZero() {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if c.UserID != person.ID || c.Adds == "" || passkey.NameOf(got) != "1Password" || passkey.Keeping(got) != "synced" {
			t.Errorf("%s: %+v, %q, %q", name, c, passkey.NameOf(got), passkey.Keeping(got))
		}
	}
}

// What a browser is asked to make: for this person by a name that says nothing, of three algorithms, without an attestation, and not
// where there is one already.
func TestWhatIsAskedForWhenAdding(t *testing.T) {
	party, person := newParty(t), newPerson()
	key := idp.Authenticator{Kind: idp.KindPasskey, Passkey: idp.Passkey{Credential: "Y3JlZA", Transports: []string{"internal", "hybrid"}}}
	person.Bound = []idp.Authenticator{{Kind: idp.KindTOTP, TOTPKey: idp.NewSecret("JBSW")}, key}
	asked, c, err := party.BeginAdding(person, binding, begin())
	must(t, err)
	var got any
	must(t, json.Unmarshal(asked, &got))
	var want any
	must(t, json.Unmarshal([]byte(`{
		"rp": {"id": "id.example.com", "name": "APS ID"},
		"user": {"id": "`+string(person.Handle)+`", "name": "ada@harbour.example", "displayName": "Ada"},
		"challenge": "`+c.Value+`",
		"pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -257}],
		"timeout": 600000,
		"excludeCredentials": [{"type": "public-key", "id": "Y3JlZA", "transports": ["internal", "hybrid"]}],
		"authenticatorSelection": {"requireResidentKey": false, "residentKey": "preferred", "userVerification": "preferred"},
		"attestation": "none"
	}`), &want))
	a, err := json.Marshal(got)
	must(t, err)
	b, err := json.Marshal(want)
	must(t, err)
	if !bytes.Equal(a, b) {
		t.Errorf("asked %s\nwant %s", a, b)
	}
	if raw := bytesOf(t, c.Value); len(raw) != 32 || c.Binding == binding || !c.ExpiresAt.Equal(begin().Add(passkey.Lifetime)) {
		t.Errorf("%+v", c)
	}
	_, another, err := party.BeginAdding(person, binding, begin())
	must(t, err)
	if another.Value == c.Value || another.Adds == c.Adds {
		t.Error("the same challenge twice")
	}
	if len(bytesOf(t, string(person.Handle))) != 64 || strings.Contains(string(person.Handle), string(person.ID)) || newPerson().Handle == person.Handle {
		t.Errorf("handle %s", person.Handle)
	}
}

// Every way to add a passkey that is not one of this person, made here and now.
func TestABadPasskeyIsNotAdded(t *testing.T) {
	type attempt struct {
		d       *device
		change  func(*testing.T, []byte) []byte
		forget  func(*passkey.Challenge)
		binding string
		models  []string
		at      time.Time
	}
	for name, c := range map[string]struct {
		prepare func(*attempt)
		want    idp.Reason
	}{
		"wrong origin":       {func(a *attempt) { a.d.rp.Origin = "https://id.example.org" }, idp.ReasonPasskeyOrigin},
		"http":               {func(a *attempt) { a.d.rp.Origin = "http://id.example.com" }, idp.ReasonPasskeyOrigin},
		"origin with a path": {func(a *attempt) { a.d.rp.Origin = site + "/evil" }, idp.ReasonPasskeyOrigin},
		"subdomain":          {func(a *attempt) { a.d.rp.Origin = "https://evil.id.example.com" }, idp.ReasonPasskeyOrigin},
		"port":               {func(a *attempt) { a.d.rp.Origin = site + ":8443" }, idp.ReasonPasskeyOrigin},
		"wrong RP ID":        {func(a *attempt) { a.d.rp.ID = "example.com" }, idp.ReasonPasskeyRP},
		"nobody there":       {func(a *attempt) { a.d.auth.Options.UserNotPresent = true }, idp.ReasonPasskeyAbsent},
		"odd flags":          {func(a *attempt) { a.d.auth.Options.BackupState = true }, idp.ReasonPasskeyFlags},
		"another challenge": {func(a *attempt) {
			a.forget = func(c *passkey.Challenge) { c.Value = text(bytes.Repeat([]byte{1}, 32)) }
		}, idp.ReasonPasskeyChallenge},
		"no challenge":      {func(a *attempt) { a.forget = func(c *passkey.Challenge) { *c = passkey.Challenge{} } }, idp.ReasonPasskeyTransaction},
		"another browser":   {func(a *attempt) { a.binding = "transaction/another" }, idp.ReasonPasskeyTransaction},
		"late":              {func(a *attempt) { a.at = begin().Add(passkey.Lifetime) }, idp.ReasonPasskeyLate},
		"for a sign-in":     {func(a *attempt) { a.forget = func(c *passkey.Challenge) { c.Purpose = passkey.Second } }, idp.ReasonPasskeyType},
		"model not allowed": {func(a *attempt) { a.models = []string{"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"} }, idp.ReasonPasskeyModel},
		"model not said": {func(a *attempt) {
			a.d.auth.Aaguid, a.models = [16]byte{}, []string{"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"}
		}, idp.ReasonPasskeyModel},
		"1 MB":               {func(a *attempt) { a.change = padded(1 << 20) }, idp.ReasonPasskeySize},
		"a byte too many":    {func(a *attempt) { a.change = padded(passkey.MaxAnswer + 1) }, idp.ReasonPasskeySize},
		"truncated":          {func(a *attempt) { a.change = func(_ *testing.T, sent []byte) []byte { return sent[:len(sent)/2] } }, idp.ReasonPasskeyForm},
		"empty":              {func(a *attempt) { a.change = func(*testing.T, []byte) []byte { return nil } }, idp.ReasonPasskeyForm},
		"trailing data":      {func(a *attempt) { a.change = func(_ *testing.T, sent []byte) []byte { return append(sent, "{}"...) } }, idp.ReasonPasskeyForm},
		"a sign-in's type":   {func(a *attempt) { a.change = clientSays("type", "webauthn.get") }, idp.ReasonPasskeyType},
		"inside of a frame":  {func(a *attempt) { a.change = clientSays("crossOrigin", true) }, idp.ReasonPasskeyOrigin},
		"below another page": {func(a *attempt) { a.change = clientSays("topOrigin", "https://evil.example") }, idp.ReasonPasskeyOrigin},
		"signed wrongly":     {func(a *attempt) { a.change = attested(func(o object) { o.statement()["sig"] = []byte("x") }) }, idp.ReasonPasskeySignature},
		"a certificate":      {func(a *attempt) { a.change = attested(func(o object) { o.statement()["x5c"] = []any{[]byte("x")} }) }, idp.ReasonPasskeyAttested},
		"a TPM's statement":  {func(a *attempt) { a.change = attested(func(o object) { o["fmt"] = "tpm" }) }, idp.ReasonPasskeyAttested},
		"a compound":         {func(a *attempt) { a.change = attested(func(o object) { o["fmt"], o["attStmt"] = "compound", []any{} }) }, idp.ReasonPasskeyAttested},
		"none, and yet some": {func(a *attempt) { a.change = attested(func(o object) { o["fmt"] = "none" }) }, idp.ReasonPasskeyAttested},
		"another credential": {func(a *attempt) { a.change = named([]byte("another")) }, idp.ReasonPasskeyForm},
		"no key":             {func(a *attempt) { a.change = keyed(nil) }, idp.ReasonPasskeyForm},
		"ES384": {func(a *attempt) {
			a.change = keyed(map[int]any{1: 2, 3: -35, -1: 2, -2: bytes.Repeat([]byte{1}, 48), -3: bytes.Repeat([]byte{1}, 48)})
		}, idp.ReasonPasskeyAlgorithm},
		"RS1": {func(a *attempt) {
			a.change = keyed(map[int]any{1: 3, 3: -65535, -1: bytes.Repeat([]byte{0xff}, 256), -2: []byte{1, 0, 1}})
		}, idp.ReasonPasskeyAlgorithm},
		"RSA of 1,024 bits": {func(a *attempt) {
			a.change = keyed(map[int]any{1: 3, 3: -257, -1: bytes.Repeat([]byte{0xff}, 128), -2: []byte{1, 0, 1}})
		}, idp.ReasonPasskeyAlgorithm},
		"RSA of 8,192 bits": {func(a *attempt) {
			a.change = keyed(map[int]any{1: 3, 3: -257, -1: bytes.Repeat([]byte{0xff}, 1024), -2: []byte{1, 0, 1}})
		}, idp.ReasonPasskeyAlgorithm},
		"RSA, exponent 1": {func(a *attempt) {
			a.change = keyed(map[int]any{1: 3, 3: -257, -1: bytes.Repeat([]byte{0xff}, 256), -2: []byte{1}})
		}, idp.ReasonPasskeyAlgorithm},
		"not on the curve": {func(a *attempt) {
			a.change = keyed(map[int]any{1: 2, 3: -7, -1: 1, -2: bytes.Repeat([]byte{1}, 32), -3: bytes.Repeat([]byte{1}, 32)})
		}, idp.ReasonPasskeyAlgorithm},
		"type of another": {func(a *attempt) { a.change = keyed(map[int]any{1: 4, 3: -7, -1: []byte("symmetric")}) }, idp.ReasonPasskeyAlgorithm},
		"HMAC":            {func(a *attempt) { a.change = keyed(map[int]any{1: 4, 3: 5, -1: []byte("symmetric")}) }, idp.ReasonPasskeyAlgorithm},
		"CBOR in CBOR":    {func(a *attempt) { a.change = replaced(bytes.Repeat([]byte{0x81}, 6000)) }, idp.ReasonPasskeyForm},
		"a huge array":    {func(a *attempt) { a.change = replaced([]byte{0x9b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff}) }, idp.ReasonPasskeyForm},
		"a huge text":     {func(a *attempt) { a.change = replaced([]byte{0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) }, idp.ReasonPasskeyForm},
		"an endless map": {func(a *attempt) {
			a.change = replaced(append([]byte{0xbf}, bytes.Repeat([]byte{0x61, 'a', 0x00}, 1000)...))
		}, idp.ReasonPasskeyForm},
		"keys twice": {func(a *attempt) {
			a.change = replaced([]byte{0xa2, 0x63, 'f', 'm', 't', 0x64, 'n', 'o', 'n', 'e', 0x63, 'f', 'm', 't', 0x64, 'n', 'o', 'n', 'e'})
		}, idp.ReasonPasskeyForm},
		"short data":        {func(a *attempt) { a.change = data(func(raw []byte) []byte { return raw[:36] }) }, idp.ReasonPasskeyForm},
		"cut in the key":    {func(a *attempt) { a.change = data(func(raw []byte) []byte { return raw[:len(raw)-1] }) }, idp.ReasonPasskeyForm},
		"bytes left over":   {func(a *attempt) { a.change = data(func(raw []byte) []byte { return append(raw, 0) }) }, idp.ReasonPasskeyForm},
		"a long credential": {func(a *attempt) { a.d.cred.ID = bytes.Repeat([]byte{1}, 1024) }, idp.ReasonPasskeyForm},
	} {
		t.Run(name, func(t *testing.T) {
			party := newParty(t)
			a := attempt{d: newDevice(virtualwebauthn.KeyTypeEC2), binding: binding, at: begin(), change: func(_ *testing.T, sent []byte) []byte { return sent }}
			c.prepare(&a)
			asked, challenge, err := party.BeginAdding(newPerson(), binding, begin())
			must(t, err)
			sent := a.change(t, a.d.add(t, asked))
			if a.forget != nil {
				a.forget(&challenge)
			}
			_, err = party.Add(challenge, a.binding, sent, a.models, a.at)
			refused(t, name, err, c.want)
		})
	}
}

// An allowed model is taken, and so is an answer of the greatest size.
func TestWhatIsJustAllowedIsAdded(t *testing.T) {
	party, d := newParty(t), newDevice(virtualwebauthn.KeyTypeEC2)
	d.auth.Aaguid = [16]byte{15: 1}
	asked, c, err := party.BeginAdding(newPerson(), binding, begin())
	must(t, err)
	sent := padded(passkey.MaxAnswer)(t, d.add(t, asked))
	got, err := party.Add(c, binding, sent, []string{"x", "00000000-0000-0000-0000-000000000001"}, begin().Add(passkey.Lifetime-1))
	must(t, err)
	if passkey.Keeping(got) != "this device only" || passkey.NameOf(got) != "Passkey" {
		t.Errorf("%q, %q", passkey.Keeping(got), passkey.NameOf(got))
	}
}

// object is an attestation object.
type object map[string]any

func (o object) statement() map[any]any { return o["attStmt"].(map[any]any) }

func attested(change func(object)) func(*testing.T, []byte) []byte {
	return func(t *testing.T, sent []byte) []byte {
		fields := decode(t, sent)
		response := fields["response"].(map[string]any)
		o := object{}
		must(t, cbor.Unmarshal(bytesOf(t, response["attestationObject"]), &o))
		change(o)
		raw, err := cbor.Marshal(o)
		must(t, err)
		response["attestationObject"] = text(raw)
		return encode(t, fields)
	}
}

// unattested leaves out what the key has signed, so that a change of the data is not found by that.
func unattested(o object) { o["fmt"], o["attStmt"] = "none", map[string]any{} }

func data(change func([]byte) []byte) func(*testing.T, []byte) []byte {
	return attested(func(o object) {
		unattested(o)
		o["authData"] = change(o["authData"].([]byte))
	})
}

// keyed puts another key in the place of the one there is.
func keyed(key map[int]any) func(*testing.T, []byte) []byte {
	return data(func(raw []byte) []byte {
		const before = 37 + 16 + 2 + 32
		if key == nil {
			return raw[:before]
		}
		cose, err := cbor.Marshal(key)
		if err != nil {
			panic(err)
		}
		return append(slices.Clone(raw[:before]), cose...)
	})
}

func named(id []byte) func(*testing.T, []byte) []byte {
	return func(t *testing.T, sent []byte) []byte {
		fields := decode(t, attested(unattested)(t, sent))
		fields["id"], fields["rawId"] = text(id), text(id)
		return encode(t, fields)
	}
}

func replaced(raw []byte) func(*testing.T, []byte) []byte {
	return func(t *testing.T, sent []byte) []byte {
		fields := decode(t, sent)
		fields["response"].(map[string]any)["attestationObject"] = text(raw)
		return encode(t, fields)
	}
}

// clientSays changes what the browser says, which no one has signed: the answer has no attestation.
func clientSays(name string, value any) func(*testing.T, []byte) []byte {
	return func(t *testing.T, sent []byte) []byte {
		fields := decode(t, attested(unattested)(t, sent))
		response := fields["response"].(map[string]any)
		client := decode(t, bytesOf(t, response["clientDataJSON"]))
		client[name] = value
		response["clientDataJSON"] = text(encode(t, client))
		return encode(t, fields)
	}
}

// padded is the same answer, right as it was, with spaces up to this many bytes.
func padded(size int) func(*testing.T, []byte) []byte {
	return func(_ *testing.T, sent []byte) []byte {
		return append(sent, bytes.Repeat([]byte{' '}, size-len(sent))...)
	}
}
