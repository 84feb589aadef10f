package passkey

import (
	"encoding/base64"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apscloud/apsid/internal/idp"
)

// Asked is what a browser is asked with a challenge that has begun: a page that is shown again asks the same, so that an answer to the page
// that was there before is right. For Alone the person is not looked at. A person without a passkey, whom Second asks for one, is
// idp.CodeConflict.
func (p *Party) Asked(c Challenge, of Person) (json.RawMessage, error) {
	value, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(value) == 0 {
		return nil, idp.Wrap(idp.CodeInternal, err)
	}
	switch c.Purpose {
	case Adding:
		creation, err := p.create(of)
		if err != nil {
			return nil, err
		}
		creation.Response.Challenge = value
		return options(creation.Response)
	case Second:
		assertion, err := p.second(of)
		if err != nil {
			return nil, err
		}
		assertion.Response.Challenge = value
		return options(assertion.Response)
	default:
		assertion, err := p.alone()
		if err != nil {
			return nil, err
		}
		assertion.Response.Challenge = value
		return options(assertion.Response)
	}
}

func (p *Party) create(of Person) (*protocol.CredentialCreation, error) {
	person, err := newAccount(of)
	if err != nil {
		return nil, err
	}
	creation, _, err := p.web.BeginRegistration(person, webauthn.WithCredentialParameters(parameters()), webauthn.WithExclusions(person.descriptors()))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, err)
	}
	return creation, nil
}

func (p *Party) second(of Person) (*protocol.CredentialAssertion, error) {
	person, err := newAccount(of)
	if err != nil {
		return nil, err
	}
	if len(person.credentials) == 0 {
		return nil, idp.Wrap(idp.CodeConflict, errNone)
	}
	assertion, _, err := p.web.BeginLogin(person)
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, err)
	}
	return assertion, nil
}

func (p *Party) alone() (*protocol.CredentialAssertion, error) {
	assertion, _, err := p.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, err)
	}
	return assertion, nil
}
