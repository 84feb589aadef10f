package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ClientEdit changes a registration; nil fields stay. Version is that of the client as it was read.
type ClientEdit struct {
	Version                int64
	Name                   *string
	RedirectURIs           *[]string
	PostLogoutRedirectURIs *[]string
	BackchannelLogoutURI   *string
	InitiateLoginURI       *string
	Scopes                 *[]string
	SessionLifetime        *time.Duration
	SessionIdleTimeout     *time.Duration
	SignOnGroup            *string
	MFARequiredFrom        *time.Time
	Owner                  *string
	Purpose                *string
	ReviewAt               *time.Time
	PublicKeys             *string
	RefreshTokens          *bool
	PKCEOptional           *bool
	IDTokenAlg             *string
	ReferenceTokens        *bool
	Profile                *idp.SessionProfile
	Brings                 *[]idp.ClientID
	Disabled               *bool
}

// EditClient changes a registration. APS changes all of it; people who manage a practice only owner, purpose and review date of
// its integrations, and whether they are disabled. Identifier, kind, practice and authentication stay. An edit that changes
// nothing leaves no event.
//
// A disabled client gets no more tokens and answers no more questions within 30 seconds, for which each node remembers clients.
// The sessions of a disabled app end with their next refresh.
//
// Errors: those of RegisterClient, and idp.CodeConflict if the registration was changed since edit.Version.
func (s *Clients) EditClient(ctx context.Context, caller Caller, id idp.ClientID, edit ClientEdit, now time.Time) (idp.Client, error) {
	var edited idp.Client
	err := s.run(ctx, policy.CommandEditClient, caller, now, func(ctx context.Context, c *command) error {
		client, err := c.client(ctx, id)
		if err != nil {
			return err
		}
		if err := c.mayEdit(ctx, client, edit); err != nil {
			return err
		}
		if client.Version != edit.Version {
			return errStale()
		}
		changes := edits{}
		edited = edit.apply(client, changes)
		if err := s.checkEdit(caller, client, edited, changes); err != nil {
			return err
		}
		if len(changes) == 0 {
			c.event.Type = ""
			return nil
		}
		c.event.Type, c.event.Details = eventOfEdit(client, edited), changes
		edited.UpdatedAt = now
		err = c.UpdateClient(ctx, edited)
		edited.Version++
		return err
	})
	if err != nil {
		return idp.Client{}, err
	}
	return shown(edited), nil
}

// mayEdit refuses what only APS changes, and what the provider decides about its own apps.
func (c *command) mayEdit(ctx context.Context, client idp.Client, edit ClientEdit) error {
	if isOwnApp(client.ID) && (edit.touchesProtocol() || edit.SignOnGroup != nil || edit.Disabled != nil) {
		return notNow(idp.ReasonOwnApp, "This app is part of APS ID, which keeps this itself.")
	}
	if !edit.touchesMore() {
		return nil
	}
	bound, err := c.bound(ctx, client.PracticeID)
	if err != nil {
		return err
	}
	answer := policy.MayManageClient(c.actor, bound)
	if answer == policy.PermissionNoAccess {
		return notNow(answer.Reason(), "Only APS can change this. You can say who answers for the integration, why it is needed and when it is reviewed, and disable it.")
	}
	return refuse(answer)
}

// touchesMore reports whether the edit goes beyond the register of integrations.
func (e ClientEdit) touchesMore() bool {
	return e.touchesProtocol() || e.Name != nil || e.SessionLifetime != nil || e.SessionIdleTimeout != nil || e.SignOnGroup != nil ||
		e.MFARequiredFrom != nil
}

// touchesProtocol reports whether the edit is about how the app speaks with the provider.
func (e ClientEdit) touchesProtocol() bool {
	return e.RedirectURIs != nil || e.PostLogoutRedirectURIs != nil || e.BackchannelLogoutURI != nil || e.InitiateLoginURI != nil ||
		e.Scopes != nil || e.PublicKeys != nil || e.RefreshTokens != nil || e.PKCEOptional != nil || e.IDTokenAlg != nil ||
		e.ReferenceTokens != nil || e.Profile != nil || e.Brings != nil
}

// apply returns the client as the edit wants it.
func (e ClientEdit) apply(c idp.Client, changes edits) idp.Client {
	if e.Scopes != nil {
		scopes := sorted(*e.Scopes)
		e.Scopes = &scopes
	}
	if e.Brings != nil {
		brings := sorted(*e.Brings)
		e.Brings = &brings
	}
	if e.Purpose != nil {
		purpose := plainText(*e.Purpose)
		e.Purpose = &purpose
	}
	edit(changes, "name", &c.Name, e.Name, text)
	edit(changes, "redirect_uris", &c.RedirectURIs, e.RedirectURIs, words)
	edit(changes, "post_logout_redirect_uris", &c.PostLogoutRedirectURIs, e.PostLogoutRedirectURIs, words)
	edit(changes, "backchannel_logout_uri", &c.BackchannelLogoutURI, e.BackchannelLogoutURI, text)
	edit(changes, "initiate_login_uri", &c.InitiateLoginURI, e.InitiateLoginURI, text)
	edit(changes, "scopes", &c.Scopes, e.Scopes, words)
	edit(changes, "session_lifetime", &c.SessionLifetime, e.SessionLifetime, span)
	edit(changes, "session_idle_timeout", &c.SessionIdleTimeout, e.SessionIdleTimeout, span)
	edit(changes, "sign_on_group", &c.SignOnGroup, e.SignOnGroup, text)
	edit(changes, "mfa_required_from", &c.MFARequiredFrom, e.MFARequiredFrom, moment)
	edit(changes, "owner", &c.Owner, e.Owner, text)
	edit(changes, "purpose", &c.Purpose, e.Purpose, text)
	edit(changes, "review_at", &c.ReviewAt, e.ReviewAt, moment)
	edit(changes, "public_keys", &c.PublicKeys, e.PublicKeys, fingerprint)
	edit(changes, "refresh_tokens", &c.RefreshTokens, e.RefreshTokens, yesNo)
	edit(changes, "pkce_optional", &c.PKCEOptional, e.PKCEOptional, yesNo)
	edit(changes, "id_token_alg", &c.IDTokenAlg, e.IDTokenAlg, text)
	edit(changes, "reference_tokens", &c.ReferenceTokens, e.ReferenceTokens, yesNo)
	edit(changes, "profile", &c.Profile, e.Profile, text)
	edit(changes, "brings", &c.Brings, e.Brings, words)
	edit(changes, "disabled", &c.Disabled, e.Disabled, yesNo)
	return c
}

// checkEdit holds the client to what its kind must meet at registration (ABUSE 36), and an integration's register to what it
// says already: it can be corrected, but not emptied.
func (s *Clients) checkEdit(caller Caller, before, after idp.Client, changes edits) error {
	n := RegistrationOf(after)
	err := s.check(n)
	if isOwnApp(after.ID) && (after.SessionIdleTimeout <= 0 || after.SessionIdleTimeout > ownIdle) {
		return idp.Invalid("session_idle_timeout", "must be between 1 and 15 minutes")
	}
	_, owner := changes["owner"]
	_, purpose := changes["purpose"]
	_, review := changes["review_at"]
	if err == nil && caller.Kind != idp.ActorSystem && (owner || purpose || review) {
		err = n.checkRegister()
	}
	return err
}

func eventOfEdit(before, after idp.Client) idp.EventType {
	switch {
	case before.Disabled == after.Disabled:
		return idp.EventClientUpdated
	case after.Disabled:
		return idp.EventClientDisabled
	default:
		return idp.EventClientEnabled
	}
}

// RegistrationOf is the client as it would be registered now, but for its secret.
func RegistrationOf(c idp.Client) NewClient {
	return NewClient{
		ID: c.ID, Name: c.Name, Kind: c.Kind, AuthMethod: c.AuthMethod, RedirectURIs: c.RedirectURIs,
		PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, BackchannelLogoutURI: c.BackchannelLogoutURI,
		InitiateLoginURI: c.InitiateLoginURI, Scopes: c.Scopes, RefreshTokens: c.RefreshTokens, PKCEOptional: c.PKCEOptional,
		IDTokenAlg: c.IDTokenAlg, ReferenceTokens: c.ReferenceTokens, PracticeID: c.PracticeID, Profile: c.Profile,
		SessionLifetime: c.SessionLifetime, SessionIdleTimeout: c.SessionIdleTimeout, SignOnGroup: c.SignOnGroup,
		MFARequiredFrom: c.MFARequiredFrom, Access: c.Access, Brings: c.Brings, Owner: c.Owner, Purpose: c.Purpose,
		ReviewAt: c.ReviewAt, PublicKeys: c.PublicKeys,
	}
}
