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
	AuthMethod             *idp.AuthMethod
	RedirectURIs           *[]string
	PostLogoutRedirectURIs *[]string
	BackchannelLogoutURI   *string
	InitiateLoginURI       *string
	Scopes                 *[]string
	SessionLifetime        *time.Duration
	SessionIdleTimeout     *time.Duration
	SignOnGroup            *string
	MFARequiredFrom        *time.Time
	PhishingResistanceFrom *time.Time
	Owner                  *string
	Purpose                *string
	ReviewAt               *time.Time
	PublicKeys             *string
	RefreshTokens          *bool
	PKCERequired           *bool
	PKCEOptional           *bool
	IDTokenAlg             *string
	ReferenceTokens        *bool
	UserinfoOnly           *bool
	TokenEndpointAudience  *bool
	PushRequired           *bool
	SecurityProfile        *idp.SecurityProfile
	FAPI2From              *time.Time // zero: none
	JWKSURI                *string
	CertificateSubject     *string
	CertificateBound       *bool
	AllowedOrigins         *[]string
	Identifier             *string
	RefreshGrace           *time.Duration
	Profile                *idp.SessionProfile
	Accent                 *string
	Logo                   *[]byte // empty: none
	Brings                 *[]idp.ClientID
	Disabled               *bool
}

// EditClient changes a registration. APS changes all of it; people who manage a practice only owner, purpose and review date of
// its integrations, and whether they are disabled. Identifier, kind and practice stay. A client that is to
// authenticate by key loses its secrets; one that is to have a secret again is given one afterwards. An edit that changes nothing leaves
// no event.
//
// A disabled client gets no more tokens and answers no more questions: at once at this node, within a second at the others.
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
		var changes edits
		edited, changes = clientFields().apply(edit, client)
		if err := s.checkEdit(caller, client, edited, changes); err != nil {
			return err
		}
		if len(changes) == 0 {
			c.event.Type = ""
			return nil
		}
		if err := c.checkUnique(ctx, edited); err != nil {
			return err
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
	if isOwnApp(client.ID) && clientFields().beyond(ofOwnApps, edit) {
		return notNow(idp.ReasonOwnApp, "This app is part of APS ID, which keeps this itself.")
	}
	if !clientFields().beyond(toPractice, edit) {
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

// checkEdit holds the client to what its kind must meet at registration (ABUSE 36), and an integration's register to what it
// says already: it can be corrected, but not emptied.
func (s *Clients) checkEdit(caller Caller, before, after idp.Client, changes edits) error {
	n := NewClient{Registration: after.Registration}
	err := s.check(n, before.Registration)
	if isOwnApp(after.ID) && (after.SessionIdleTimeout <= 0 || after.SessionIdleTimeout > ownIdle) {
		return idp.Invalid("session_idle_timeout", "must be between 2 and 15 minutes")
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
