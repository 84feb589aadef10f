package directory

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// maxPurpose is the longest reason for an exemption, in characters.
const maxPurpose = 500

// checkSecret checks what a new client authenticates with.
func (n NewClient) checkSecret(now time.Time) error {
	switch {
	case n.AuthMethod == idp.AuthNone && !n.Secret.IsZero():
		return idp.Invalid("secret", "a public client has none")
	case !n.AuthMethod.BySecret() && !n.Secret.IsZero():
		return idp.Invalid("secret", "a client authenticates in one way: by secret, by key or by certificate")
	case n.AuthMethod.BySecret() && len(n.Secret.Reveal()) < minSecret:
		return idp.Invalid("secret", "must have at least %d characters", minSecret)
	case !n.SecretExpires.IsZero() && !n.SecretExpires.After(now):
		return idp.Invalid("secret_expires_at", "must be in the future")
	default:
		return nil
	}
}

// checkWords checks the texts of an entry in the register of integrations.
func (n NewClient) checkWords(stored idp.Registration) error {
	if n.Owner != "" {
		if err := checkName("owner", stored.Owner, n.Owner); err != nil {
			return err
		}
	}
	return checkText("purpose", n.Purpose, maxPurpose)
}

// checkRegister asks for what the register of integrations must say: who answers for the exemption from MFA, why there is one,
// and when it is reviewed.
func (n NewClient) checkRegister() error {
	if n.Kind != idp.ClientMachine {
		return nil
	}
	return idp.AllInvalid(
		broken(n.Owner == "", "owner", "say who answers for this integration"),
		broken(n.Purpose == "", "purpose", "say why this integration is needed"),
		broken(n.ReviewAt.IsZero(), "review_at", "choose a date on which somebody checks that it is still needed"),
	)
}
