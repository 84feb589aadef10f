package passkey

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/apscloud/apsid/internal/idp"
)

// BeginAdding begins to add a passkey to those of a person, whose authenticators are asked not to make a second one. binding names what
// the ceremony belongs to: the sign-in or the page, and the browser. It returns what the browser is asked, and what the answer is checked
// against.
func (p *Party) BeginAdding(of Person, binding string, now time.Time) (json.RawMessage, Challenge, error) {
	creation, err := p.create(of)
	if err != nil {
		return nil, Challenge{}, err
	}
	c := begun(Adding, creation.Response.Challenge, binding, now)
	c.UserID, c.Handle, c.Adds = of.ID, of.Handle, idp.NewAuthenticatorID()
	asked, err := options(creation.Response)
	return asked, c, err
}

// Add checks the answer and returns the passkey that it brings, for the authenticator c.Adds of c.UserID. models, if there are any, are
// the AAGUIDs of those that are allowed; an authenticator that does not say what it is, is not among them. That no one has the passkey
// already is the store's to say: see Taken. Its errors are refusals.
func (p *Party) Add(c Challenge, binding string, sent []byte, models []string, now time.Time) (idp.Passkey, error) {
	if err := c.open(binding, now, Adding); err != nil {
		return idp.Passkey{}, err
	}
	if len(sent) > MaxAnswer {
		return idp.Passkey{}, refuse(idp.ReasonPasskeySize, nil)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(sent)
	if err != nil {
		return idp.Passkey{}, refuse(idp.ReasonPasskeyForm, err)
	}
	if !unattested(parsed.Response.AttestationObject) {
		return idp.Passkey{}, refuse(idp.ReasonPasskeyAttested, nil)
	}
	handle, err := base64.RawURLEncoding.DecodeString(string(c.Handle))
	if err != nil {
		return idp.Passkey{}, idp.Wrap(idp.CodeInternal, err)
	}
	credential, err := p.web.CreateCredential(account{handle: handle}, webauthn.SessionData{
		Challenge: c.Value, RelyingPartyID: p.ID(), UserID: handle, UserVerification: protocol.VerificationPreferred, CredParams: parameters(),
	}, parsed)
	if err != nil || !p.takes(parsed.Response.CollectedClientData) {
		return idp.Passkey{}, p.whyNotAdded(parsed, c, err)
	}
	if err := checkKey(credential.PublicKey); err != nil {
		return idp.Passkey{}, refuse(idp.ReasonPasskeyAlgorithm, err)
	}
	added := passkeyOf(credential)
	if len(models) > 0 && !slices.Contains(models, added.Model) {
		return idp.Passkey{}, refuse(idp.ReasonPasskeyModel, nil)
	}
	return added, nil
}

// unattested reports whether an answer has no attestation, or only says by its own key that it has it. Anything else was not asked for:
// certificates that nothing here would trust are not even read.
func unattested(o protocol.AttestationObject) bool {
	switch protocol.AttestationFormat(o.Format) {
	case protocol.AttestationFormatNone:
		return len(o.AttStatement) == 0
	case protocol.AttestationFormatPacked:
		_, certificates := o.AttStatement["x5c"]
		_, anonymous := o.AttStatement["ecdaaKeyId"]
		return !certificates && !anonymous
	default:
		return false
	}
}

func (p *Party) whyNotAdded(parsed *protocol.ParsedCredentialCreationData, c Challenge, err error) error {
	data := parsed.Response.AttestationObject.AuthData
	reason := p.why(said{parsed.Response.CollectedClientData, data.Flags, data.RPIDHash}, protocol.CreateCeremony, c)
	switch {
	case reason != "":
	case checkKey(data.AttData.CredentialPublicKey) != nil:
		reason = idp.ReasonPasskeyAlgorithm
	case isOf(err, protocol.ErrInvalidAttestation):
		reason = idp.ReasonPasskeySignature
	default:
		reason = idp.ReasonPasskeyForm
	}
	return refuse(reason, err)
}

func passkeyOf(c *webauthn.Credential) idp.Passkey {
	added := idp.Passkey{
		Credential: idp.CredentialID(base64.RawURLEncoding.EncodeToString(c.ID)), PublicKey: idp.NewSecret(string(c.PublicKey)),
		SignCount: c.Authenticator.SignCount, BackupEligible: c.Flags.BackupEligible, BackedUp: c.Flags.BackupState,
	}
	if model, err := uuid.FromBytes(c.Authenticator.AAGUID); err == nil && model != uuid.Nil {
		added.Model = model.String()
	}
	for _, transport := range transports() {
		if slices.Contains(c.Transport, transport) {
			added.Transports = append(added.Transports, string(transport))
		}
	}
	return added
}

// transports are those that are kept: what a browser says of them is not signed by anything, and is handed to browsers again.
func transports() []protocol.AuthenticatorTransport {
	return []protocol.AuthenticatorTransport{protocol.Internal, protocol.Hybrid, protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard}
}
