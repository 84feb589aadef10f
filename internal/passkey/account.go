package passkey

import (
	"encoding/base64"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apscloud/apsid/internal/idp"
)

// account is a person as the library sees them.
type account struct {
	handle         []byte
	username, name string
	credentials    []webauthn.Credential
}

func newAccount(p Person) (account, error) {
	handle, err := base64.RawURLEncoding.DecodeString(string(p.Handle))
	if err != nil || len(handle) == 0 {
		return account{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("user %s has no handle: %w", p.ID, err))
	}
	a := account{handle: handle, username: p.Username, name: p.Name}
	for _, bound := range p.Bound {
		if bound.Kind != idp.KindPasskey {
			continue
		}
		credential, err := credentialOf(bound.Passkey)
		if err != nil {
			return account{}, err
		}
		a.credentials = append(a.credentials, credential)
	}
	return a, nil
}

// credentialOf is the record as the library has it. Formats of attestation are not kept, so that no credential is taken for one of U2F.
func credentialOf(p idp.Passkey) (webauthn.Credential, error) {
	id, err := base64.RawURLEncoding.DecodeString(string(p.Credential))
	if err != nil {
		return webauthn.Credential{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("a stored credential: %w", err))
	}
	credential := webauthn.Credential{
		ID: id, PublicKey: []byte(p.PublicKey.Reveal()), Flags: webauthn.CredentialFlags{BackupEligible: p.BackupEligible, BackupState: p.BackedUp},
		Authenticator: webauthn.Authenticator{SignCount: p.SignCount},
	}
	for _, transport := range p.Transports {
		credential.Transport = append(credential.Transport, protocol.AuthenticatorTransport(transport))
	}
	return credential, nil
}

// WebAuthnID implements webauthn.User.
func (a account) WebAuthnID() []byte { return a.handle }

// WebAuthnName implements webauthn.User.
func (a account) WebAuthnName() string { return a.username }

// WebAuthnDisplayName implements webauthn.User.
func (a account) WebAuthnDisplayName() string { return a.name }

// WebAuthnCredentials implements webauthn.User.
func (a account) WebAuthnCredentials() []webauthn.Credential { return a.credentials }

func (a account) descriptors() []protocol.CredentialDescriptor {
	return webauthn.Credentials(a.credentials).CredentialDescriptors()
}
