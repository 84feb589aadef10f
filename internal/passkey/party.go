package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apscloud/apsid/internal/idp"
)

// Config says who the relying party is.
type Config struct {
	ID      string   // the RP ID: a domain, which browsers bind passkeys to for good
	Name    string   // as browsers may show it
	Origins []string // from which answers are taken, as browsers write them: those of the ID, and related ones
}

// Party is the relying party of an installation.
type Party struct {
	web     *webauthn.WebAuthn
	origins []string
}

// New returns the relying party. It refuses an ID that no browser takes, such as an IP address, and origins that are not written as
// browsers write them.
func New(c Config) (*Party, error) {
	if len(c.Origins) == 0 || c.ID == "" || c.Name == "" {
		return nil, errors.New("passkeys: an ID, a name and an origin are needed")
	}
	for _, origin := range c.Origins {
		if idp.OriginOf(origin) != origin {
			return nil, fmt.Errorf("passkeys: %q is no origin", origin)
		}
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: c.ID, RPDisplayName: c.Name, RPOrigins: c.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			// A key without room for a passkey is still good after the password; one that has room can be used by itself.
			ResidentKey: protocol.ResidentKeyRequirementPreferred, RequireResidentKey: protocol.ResidentKeyNotRequired(),
			UserVerification: protocol.VerificationPreferred,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login: webauthn.TimeoutConfig{Timeout: Lifetime}, Registration: webauthn.TimeoutConfig{Timeout: Lifetime},
		},
		// Some browsers and password managers answer more than they are asked. Nothing of that is looked at.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Party{web: web, origins: slices.Clone(c.Origins)}, nil
}

// ID is the RP ID.
func (p *Party) ID() string { return p.web.Config.RPID }

// RelatedOrigins is the document at /.well-known/webauthn, by which browsers learn from which further origins passkeys of this ID may be
// used (WebAuthn level 3, section 5.11).
func (p *Party) RelatedOrigins() ([]byte, error) {
	document, err := p.web.RelatedOrigins()
	if err != nil {
		return nil, err
	}
	return document.Bytes()
}

// Accepted tells a browser which passkeys of a person still count, so that it offers no others: the argument of
// PublicKeyCredential.signalAllAcceptedCredentials (WebAuthn level 3, section 5.1.10.3).
type Accepted struct {
	RPID        string             `json:"rpId"`
	UserHandle  idp.UserHandle     `json:"userId"`
	Credentials []idp.CredentialID `json:"allAcceptedCredentialIds"`
}

// Accepted lists those of the person.
func (p *Party) Accepted(of Person) Accepted {
	all := Accepted{RPID: p.ID(), UserHandle: of.Handle, Credentials: []idp.CredentialID{}}
	for _, a := range of.Bound {
		if a.Kind == idp.KindPasskey {
			all.Credentials = append(all.Credentials, a.Passkey.Credential)
		}
	}
	return all
}

// options is what a browser is asked, in the JSON form of the specification: PublicKeyCredential.parseCreationOptionsFromJSON and
// parseRequestOptionsFromJSON take it.
func options(of any) (json.RawMessage, error) {
	raw, err := json.Marshal(of)
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, err)
	}
	return raw, nil
}
