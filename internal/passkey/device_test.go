package passkey_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

const (
	site    = "https://id.example.com"
	binding = "transaction/browser"
)

func begin() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func newParty(t testing.TB) *passkey.Party {
	t.Helper()
	party, err := passkey.New(passkey.Config{ID: "id.example.com", Name: "APS ID", Origins: []string{site, "https://id.example.net"}})
	must(t, err)
	return party
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newPerson() passkey.Person {
	return passkey.Person{ID: idp.NewUserID(), Handle: idp.NewUserHandle(), Username: "ada@harbour.example", Name: "Ada"}
}

// device is the authenticator and the browser of a person, who may be an attacker.
type device struct {
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

// newDevice has a key of one kind. Keys whose coordinates begin with a zero are left out: the virtual authenticator writes them shorter
// than the specification has it.
func newDevice(kind virtualwebauthn.KeyType) *device {
	const wholeES256 = 77
	d := &device{rp: virtualwebauthn.RelyingParty{ID: "id.example.com", Name: "APS ID", Origin: site}, auth: virtualwebauthn.NewAuthenticator()}
	d.cred = virtualwebauthn.NewCredential(kind)
	for kind == virtualwebauthn.KeyTypeEC2 && len(d.cred.Key.AttestationData()) != wholeES256 {
		d.cred = virtualwebauthn.NewCredential(kind)
	}
	return d
}

// add answers a request to add a passkey.
func (d *device) add(t testing.TB, asked json.RawMessage) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(string(asked))
	must(t, err)
	return []byte(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.cred, *options))
}

// prove answers a request to prove with one.
func (d *device) prove(t testing.TB, asked json.RawMessage) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(string(asked))
	must(t, err)
	return []byte(virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.cred, *options))
}

// forged answers a request to prove with client and authenticator data that the attacker has changed, and that the key has signed.
func (d *device) forged(t testing.TB, asked json.RawMessage, client func(map[string]any), data func([]byte) []byte) []byte {
	t.Helper()
	answer := decode(t, d.prove(t, asked))
	response := answer["response"].(map[string]any)
	signed := map[string]any{}
	must(t, json.Unmarshal(bytesOf(t, response["clientDataJSON"]), &signed))
	client(signed)
	clientData, err := json.Marshal(signed)
	must(t, err)
	authData := data(bytesOf(t, response["authenticatorData"]))
	hash := sha256.Sum256(clientData)
	digest := sha256.Sum256(slices.Concat(authData, hash[:]))
	signature, err := d.cred.Key.Sign(digest[:])
	must(t, err)
	response["clientDataJSON"], response["authenticatorData"], response["signature"] = text(clientData), text(authData), text(signature)
	return encode(t, answer)
}

func same(map[string]any) {}

func whole(data []byte) []byte { return data }

func decode(t testing.TB, answer []byte) (fields map[string]any) {
	t.Helper()
	must(t, json.Unmarshal(answer, &fields))
	return fields
}

func encode(t testing.TB, fields map[string]any) []byte {
	t.Helper()
	raw, err := json.Marshal(fields)
	must(t, err)
	return raw
}

func text(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func bytesOf(t testing.TB, field any) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(field.(string))
	must(t, err)
	return raw
}

// refused fails the test unless the error is a refusal for this reason, with the one text that people are told.
func refused(t testing.TB, what string, err error, want idp.Reason) {
	t.Helper()
	var r *passkey.Refused
	if !errors.As(err, &r) || r.Why() != want {
		t.Errorf("%s: %v, want %s", what, err, want)
		return
	}
	var told *idp.Error
	if !errors.As(err, &told) || told.Code != idp.CodeInvalid || told.Field != passkey.Field || told.Public != passkey.TextRefused {
		t.Errorf("%s: told %+v", what, told)
	}
}

// added is a person who has added a passkey with the device.
func added(t testing.TB, party *passkey.Party, d *device) (passkey.Person, passkey.Holder) {
	t.Helper()
	person := newPerson()
	asked, c, err := party.BeginAdding(person, binding, begin())
	must(t, err)
	record, err := party.Add(c, binding, d.add(t, asked), nil, begin())
	must(t, err)
	a := idp.Authenticator{ID: c.Adds, PracticeID: "prc_mine", UserID: person.ID, Kind: idp.KindPasskey, Passkey: record, CreatedAt: begin()}
	person.Bound = []idp.Authenticator{a}
	d.auth.AddCredential(d.cred)
	d.auth.Options.UserHandle = handleBytes(t, person.Handle)
	return person, passkey.Holder{Authenticator: a, Handle: person.Handle}
}

func handleBytes(t testing.TB, h idp.UserHandle) []byte {
	t.Helper()
	return bytesOf(t, string(h))
}
