package passkey

import (
	"encoding/base64"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/apscloud/apsid/internal/idp"
)

// MaxAnswer is how many bytes an answer may have, of either ceremony, before anything of it is read. One that adds a key of 4,096 bits with
// a credential of 1,023 bytes, all of it once more in the fields for convenience, has less than half of that.
const MaxAnswer = 16 << 10

// Answer is what a passkey has answered in a sign-in: it is read, and nothing of it was verified.
type Answer struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// Read reads it. Its errors are refusals.
func Read(sent []byte) (Answer, error) {
	if len(sent) > MaxAnswer {
		return Answer{}, refuse(idp.ReasonPasskeySize, nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(sent)
	if err != nil {
		return Answer{}, refuse(idp.ReasonPasskeyForm, err)
	}
	return Answer{parsed: parsed}, nil
}

// Credential names the passkey that says it has answered.
func (a Answer) Credential() idp.CredentialID {
	return idp.CredentialID(base64.RawURLEncoding.EncodeToString(a.parsed.RawID))
}

// handle is the person whom it names; "" if it names none, as keys may where they were told who has to answer.
func (a Answer) handle() idp.UserHandle {
	return idp.UserHandle(base64.RawURLEncoding.EncodeToString(a.parsed.Response.UserHandle))
}
