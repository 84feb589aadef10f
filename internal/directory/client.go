package directory

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// NewClient is an app or an integration to register.
type NewClient struct {
	idp.Registration            // what is left out gets a default: see withDefaults
	Secret           idp.Secret // zero: a new one is generated, for clients that have one; imports give theirs
	SecretExpires    time.Time  // zero: never
}

// minSecret is the shortest client secret that may be imported, in bytes: secrets are stored as SHA-256, which protects only
// secrets that can't be guessed.
const minSecret = 32

// clientIDPattern has no underscore: our own identifiers have one, so that a client can never pass for a subject
// (RFC 9700, section 4.15).
var clientIDPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,62}$`)

// RegisterClient registers a client and returns it with its secret, which exists nowhere else afterwards; it is zero for a client
// without one. APS only. An integration needs an owner, a purpose and a review date: it is exempt from MFA, and a person has to be
// responsible for that. The machine's own shell, which seeds and imports, may leave these out at first.
//
// Errors: idp.CodeInvalid with the field; idp.CodeConflict if the identifier exists, or belongs to another API as one of its scopes does; idp.CodeNotFound if its practice does not;
// idp.CodeForbidden.
func (s *Clients) RegisterClient(ctx context.Context, caller Caller, n NewClient, now time.Time) (idp.Client, idp.Secret, error) {
	n = n.withDefaults()
	problem := idp.AllInvalid(s.check(n, idp.Registration{}), n.checkSecret(now))
	if caller.Kind != idp.ActorSystem {
		problem = idp.AllInvalid(problem, n.checkRegister())
	}
	if problem != nil {
		return idp.Client{}, idp.Secret{}, problem
	}
	client := n.client(now)
	err := s.run(ctx, policy.CommandRegisterClient, caller, now, func(ctx context.Context, c *command) error {
		bound, err := c.bound(ctx, n.PracticeID)
		if err != nil {
			return err
		}
		need := c.needs(policy.Target{Practice: bound})
		if err := c.reach("practice", string(bound.ID), need.Permission); err != nil {
			return err
		}
		if err := c.grant(need); err != nil {
			return err
		}
		if err := c.checkUnique(ctx, client); err != nil {
			return err
		}
		c.event.ClientID, c.event.PracticeID = client.ID, client.PracticeID
		c.event.Details = map[string]string{"kind": string(client.Kind), "scopes": words(client.Scopes)}
		return c.CreateClient(ctx, client)
	})
	if collided(err) {
		err = exists("client_id", "a client with this identifier exists")
	}
	if err != nil {
		return idp.Client{}, idp.Secret{}, err
	}
	return shown(client), n.Secret, nil
}

func (c *command) saveClient(ctx context.Context, client idp.Client) error {
	client.UpdatedAt = c.now
	return c.UpdateClient(ctx, client)
}

// shown returns a client as callers may see it: of its secrets only the names and times.
func shown(client idp.Client) idp.Client {
	var secrets []idp.ClientSecret
	for _, each := range named(client.Secrets) {
		secrets = append(secrets, idp.ClientSecret{ID: each.ID, CreatedAt: each.CreatedAt, ExpiresAt: each.ExpiresAt})
	}
	client.Secrets = secrets
	return client
}

func (n NewClient) withDefaults() NewClient {
	if n.IDTokenAlg == "" {
		n.IDTokenAlg = policy.UsualIDTokenAlg
	}
	if n.Profile == "" {
		n.Profile = idp.ProfileDefault
	}
	n.RefreshTokens = n.RefreshTokens || policy.HasRefreshTokens(n.Scopes)
	if n.AuthMethod == "" {
		n.AuthMethod = policy.UsualAuthMethod(n.Registration)
	}
	if n.Secret.IsZero() && n.AuthMethod.BySecret() {
		n.Secret = idp.RandomSecret(32)
	}
	return n
}

// client is the new client. It shares no list with n.
func (n NewClient) client(now time.Time) idp.Client {
	c := idp.Client{Registration: n.Registration, CreatedAt: now, UpdatedAt: now, Version: 1}
	c.RedirectURIs, c.PostLogoutRedirectURIs = slices.Clone(n.RedirectURIs), slices.Clone(n.PostLogoutRedirectURIs)
	c.AllowedOrigins, c.Logo = slices.Clone(n.AllowedOrigins), drawn(n.Logo)
	c.Scopes, c.Brings, c.Exchanges = sorted(n.Scopes), sorted(n.Brings), sortedExchanges(n.Exchanges)
	if !n.Secret.IsZero() {
		c.Secrets = []idp.ClientSecret{newSecret(n.Secret, n.SecretExpires, now)}
	}
	return c
}
