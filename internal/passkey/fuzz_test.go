package passkey_test

import (
	"errors"
	"testing"

	"github.com/descope/virtualwebauthn"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

// isRefusal fails the test for an error that is anything but a refusal with a reason: what a browser sends never is a fault of ours.
func isRefusal(t *testing.T, err error) {
	t.Helper()
	var r *passkey.Refused
	if err != nil && (!errors.As(err, &r) || r.Why() == "") {
		t.Errorf("%v", err)
	}
}

// FuzzAdd looks for what stops the parsers of an answer that adds a passkey, and for one that is taken though it was changed.
func FuzzAdd(f *testing.F) {
	party, person, d := newParty(f), newPerson(), newDevice(virtualwebauthn.KeyTypeEC2)
	asked, c, err := party.BeginAdding(person, binding, begin())
	must(f, err)
	f.Add(d.add(f, asked))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA","clientDataJSON":"e30"}}`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		got, err := party.Add(c, binding, sent, nil, begin())
		isRefusal(t, err)
		if err == nil && (got.Credential == "" || len(got.Credential) > 1364 || got.PublicKey.IsZero()) {
			t.Errorf("added %+v", got)
		}
	})
}

// FuzzAttestation does so inside of the encoding: the object of CBOR alone is changed.
func FuzzAttestation(f *testing.F) {
	party, person, d := newParty(f), newPerson(), newDevice(virtualwebauthn.KeyTypeEC2)
	asked, c, err := party.BeginAdding(person, binding, begin())
	must(f, err)
	good := d.add(f, asked)
	f.Add(bytesOf(f, decode(f, good)["response"].(map[string]any)["attestationObject"]))
	f.Add([]byte{0xa3, 0x63, 'f', 'm', 't', 0x64, 'n', 'o', 'n', 'e'})
	f.Fuzz(func(t *testing.T, object []byte) {
		_, err := party.Add(c, binding, replaced(object)(t, good), nil, begin())
		isRefusal(t, err)
	})
}

// FuzzRead looks for what stops the parser of an answer in a sign-in.
func FuzzRead(f *testing.F) {
	party, d := newParty(f), newDevice(virtualwebauthn.KeyTypeEC2)
	_, holder := added(f, party, d)
	asked, c, err := party.BeginAlone(binding, begin())
	must(f, err)
	f.Add(d.prove(f, asked))
	f.Fuzz(func(t *testing.T, sent []byte) {
		answer, err := passkey.Read(sent)
		isRefusal(t, err)
		if err == nil {
			_, err = party.Verify(c, binding, answer, holder, begin())
			isRefusal(t, err)
		}
	})
}

// FuzzAnswer changes the parts of an answer inside of their encodings. No change of them is taken: they are signed.
func FuzzAnswer(f *testing.F) {
	party, d := newParty(f), newDevice(virtualwebauthn.KeyTypeEC2)
	_, holder := added(f, party, d)
	asked, c, err := party.BeginAlone(binding, begin())
	must(f, err)
	good := d.prove(f, asked)
	response := decode(f, good)["response"].(map[string]any)
	client, data, signature := bytesOf(f, response["clientDataJSON"]), bytesOf(f, response["authenticatorData"]), bytesOf(f, response["signature"])
	f.Add(client, data, signature)
	f.Add([]byte("{}"), data[:37], []byte{0x30})
	f.Fuzz(func(t *testing.T, newClient, newData, newSignature []byte) {
		fields := decode(t, good)
		response := fields["response"].(map[string]any)
		response["clientDataJSON"], response["authenticatorData"], response["signature"] = text(newClient), text(newData), text(newSignature)
		answer, err := passkey.Read(encode(t, fields))
		if err == nil {
			_, err = party.Verify(c, binding, answer, holder, begin())
		}
		isRefusal(t, err)
		if err == nil && (string(newClient) != string(client) || string(newData) != string(data)) {
			t.Errorf("taken: %q %x", newClient, newData)
		}
	})
}

// FuzzKey looks for what stops the parser of a key, which is stored and read again with every answer.
func FuzzKey(f *testing.F) {
	party, d := newParty(f), newDevice(virtualwebauthn.KeyTypeEC2)
	_, holder := added(f, party, d)
	asked, c, err := party.BeginAlone(binding, begin())
	must(f, err)
	answer, err := passkey.Read(d.prove(f, asked))
	must(f, err)
	f.Add([]byte(holder.Authenticator.Passkey.PublicKey.Reveal()))
	f.Add([]byte(weakKey(f).Reveal()))
	f.Add([]byte(newDevice(virtualwebauthn.KeyTypeRSA).cred.Key.AttestationData()))
	f.Fuzz(func(t *testing.T, key []byte) {
		other := holder
		other.Authenticator.Passkey.PublicKey = idp.NewSecret(string(key))
		_, err := party.Verify(c, binding, answer, other, begin())
		isRefusal(t, err)
	})
}
