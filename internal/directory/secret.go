package directory

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// maxSecrets is how many live secrets a client may have: so that one can be replaced without a pause.
const maxSecrets = 2

func newSecret(secret idp.Secret, expires, now time.Time) idp.ClientSecret {
	return idp.ClientSecret{ID: idp.NewID("sec_"), Hash: secret.Hash(), CreatedAt: now, ExpiresAt: expires}
}

// AddSecret gives a client a second secret, returned once, so that the first can be replaced without a pause. expires is when the
// new secret ends, and oldEnds when the older one ends, unless it ends sooner; zero sets no end.
//
// Errors: idp.CodeInvalid with field "expires_at", "old_ends_at" or "client_id"; idp.CodeConflict if two are live;
// idp.CodeNotFound if there is no such client for the caller; idp.CodeForbidden.
func (s *Clients) AddSecret(ctx context.Context, caller Caller, id idp.ClientID, expires, oldEnds, now time.Time) (idp.ClientSecret, idp.Secret, error) {
	for _, end := range []struct {
		field string
		at    time.Time
	}{{"expires_at", expires}, {"old_ends_at", oldEnds}} {
		if !end.at.IsZero() && !end.at.After(now) {
			return idp.ClientSecret{}, idp.Secret{}, idp.Invalid(end.field, "must be in the future")
		}
	}
	secret := idp.RandomSecret(32)
	added := newSecret(secret, expires, now)
	err := s.run(ctx, policy.CommandAddSecret, caller, now, func(ctx context.Context, c *command) error {
		client, err := c.client(ctx, id)
		if err != nil {
			return err
		}
		if !usesSecret(client) {
			return idp.Invalid("client_id", "this client has no secret")
		}
		live := liveSecrets(client.Secrets, now)
		if len(live) >= maxSecrets {
			return &refusal{reason: idp.ReasonTwoSecrets, answer: &idp.Error{
				Code: idp.CodeConflict, Public: "This client has two secrets already. Remove the one that is no longer used first.",
			}}
		}
		for i := range live {
			live[i].ExpiresAt = earlier(live[i].ExpiresAt, oldEnds)
		}
		client.Secrets = append(live, added)
		c.event.Details = map[string]string{"secret": added.ID, "expires": moment(expires)}
		return c.saveClient(ctx, client)
	})
	if err != nil {
		return idp.ClientSecret{}, idp.Secret{}, err
	}
	added.Hash = ""
	return added, secret, nil
}

// RemoveSecret ends a secret at once. The last live one of a client that authenticates by secret stays: disable the client
// instead. Errors: idp.CodeConflict for that one; idp.CodeNotFound if there is no such client for the caller, or no such secret;
// idp.CodeForbidden.
func (s *Clients) RemoveSecret(ctx context.Context, caller Caller, id idp.ClientID, secret string, now time.Time) error {
	return s.run(ctx, policy.CommandRemoveSecret, caller, now, func(ctx context.Context, c *command) error {
		client, err := c.client(ctx, id)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(named(client.Secrets), func(each idp.ClientSecret) bool { return each.ID == secret })
		switch {
		case len(kept) == len(client.Secrets):
			return c.unknown("secret", secret, idp.ReasonNotFound)
		case usesSecret(client) && len(liveSecrets(kept, now)) == 0:
			return &refusal{reason: idp.ReasonLastSecret, answer: &idp.Error{
				Code: idp.CodeConflict, Public: "This is the client’s only secret. Add a new one first, or disable the client.",
			}}
		}
		client.Secrets = kept
		c.event.Details = map[string]string{"secret": secret}
		return c.saveClient(ctx, client)
	})
}

// usesSecret reports whether the client authenticates by a secret; the provider's own apps have that method in name only.
func usesSecret(client idp.Client) bool {
	return client.AuthMethod.BySecret() && !isOwnApp(client.ID)
}

func liveSecrets(secrets []idp.ClientSecret, now time.Time) (live []idp.ClientSecret) {
	for _, each := range named(secrets) {
		if each.ExpiresAt.IsZero() || now.Before(each.ExpiresAt) {
			live = append(live, each)
		}
	}
	return live
}

// named gives a name to secrets that were stored before they had any: the name is the beginning of the hash, which reveals nothing
// of a secret that can't be guessed.
func named(secrets []idp.ClientSecret) []idp.ClientSecret {
	all := slices.Clone(secrets)
	for i, each := range all {
		if each.ID == "" && len(each.Hash) >= 16 {
			all[i].ID = "sec_" + each.Hash[:16]
		}
	}
	return all
}

// earlier returns the sooner of two ends; zero means no end.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
