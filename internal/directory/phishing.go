package directory

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// mostModels is how many kinds of passkeys a practice may name.
const mostModels = 50

// modelPattern is an AAGUID (WebAuthn level 3, section 6.5.1) as authenticators are compared by it.
var modelPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

const noPasskeys = "can't be set: nobody can use passkeys here, as the issuer is an IP address"

// checkPhishing holds what a practice asks of passkeys. A date is refused where no one could meet it; one that is there already stays.
func (r *runner) checkPhishing(d, stored idp.PracticeDetails) error {
	return idp.AllInvalid(
		broken(r.unmeetable(d.PhishingResistanceFrom, stored.PhishingResistanceFrom), "phishing_resistance_from", noPasskeys),
		broken(r.unmeetable(d.PhishingResistanceAdministratorsFrom, stored.PhishingResistanceAdministratorsFrom), "phishing_resistance_administrators_from", noPasskeys),
		broken(len(d.PasskeyModels) > mostModels, "passkey_models", "must be at most %d", mostModels),
		broken(slices.ContainsFunc(d.PasskeyModels, func(m string) bool { return !modelPattern.MatchString(m) }), "passkey_models",
			"must be AAGUIDs in small letters, like 08987058-cadc-4b81-b6e1-30de50dcbe96"),
	)
}

// unmeetable reports whether a date that is new would ask for passkeys where there are none.
func (r *runner) unmeetable(from, stored time.Time) bool {
	return !r.config.Passkeys && !from.IsZero() && !from.Equal(stored)
}

// keepsOwnDoor refuses a date that would keep its own giver out: from that moment on they need a passkey, and an administrator who has none
// could hand out a code to nobody.
func (c *command) keepsOwnDoor(ctx context.Context, before, after idp.Practice) error {
	giver := c.actor.User
	needed := func(p idp.Practice) bool {
		return policy.RequireMFA(giver, p, idp.Client{}, "", c.now).ACR.Satisfies(idp.ACRPhishingResistant)
	}
	if giver.ID == "" || giver.PracticeID != after.ID || needed(before) || !needed(after) {
		return nil
	}
	account, err := c.FindAccount(ctx, giver.ID)
	if err != nil || hasPasskey(account) {
		return err
	}
	return idp.Invalid("phishing_resistance_from", "would keep you out at once. In Your account, add a passkey first")
}

func hasPasskey(account idp.Account) bool {
	return slices.ContainsFunc(account.Authenticators, func(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey })
}
