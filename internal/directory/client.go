package directory

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// NewClient is an app or an integration to register.
type NewClient struct {
	ID                     idp.ClientID
	Name                   string
	Kind                   idp.ClientKind
	AuthMethod             idp.AuthMethod
	Secret                 idp.Secret // zero draws one, for clients that have one; given by imports
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	BackchannelLogoutURI   string // web only: told when a session ends; "" if it is not
	InitiateLoginURI       string
	Scopes                 []string
	RefreshTokens          bool
	PKCEOptional           bool
	IDTokenAlg             string // "" is ES256
	ReferenceTokens        bool
	PracticeID             idp.PracticeID // machine only
	Profile                idp.SessionProfile
	SessionLifetime        time.Duration
	SessionIdleTimeout     time.Duration
	SignOnGroup            string // "": shares its sign-ins with no other app
	MFARequiredFrom        time.Time
}

// minSecret is the shortest client secret that may be imported, in bytes: secrets are stored as SHA-256, which holds only
// for what nobody can guess.
const minSecret = 32

// clientIDPattern has no underscore: our own identifiers have one, so that a client can never pass for a subject
// (RFC 9700, section 4.15).
var clientIDPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,62}$`)

// RegisterClient registers a client and returns it with its secret, which exists nowhere else afterwards; it is zero for a
// public client. Errors: idp.CodeInvalid with the field; idp.CodeConflict if the identifier exists; idp.CodeNotFound if its
// practice does not.
func (s *Service) RegisterClient(ctx context.Context, caller Caller, n NewClient, now time.Time) (idp.Client, idp.Secret, error) {
	n = n.withDefaults()
	if err := s.check(n); err != nil {
		return idp.Client{}, idp.Secret{}, err
	}
	c := n.client(now)
	event := done(idp.EventClientRegistered, caller.Actor, now)
	event.ClientID, event.PracticeID = c.ID, c.PracticeID
	event.Details = map[string]string{"kind": string(c.Kind)}
	taken := exists("client_id", "a client with this identifier exists")
	err := s.commit(ctx, event, taken, func(u Unit) error { return u.CreateClient(ctx, c) })
	if err != nil {
		return idp.Client{}, idp.Secret{}, err
	}
	return c, n.Secret, nil
}

func (n NewClient) withDefaults() NewClient {
	if n.IDTokenAlg == "" {
		n.IDTokenAlg = "ES256"
	}
	if n.Profile == "" {
		n.Profile = idp.ProfileDefault
	}
	if n.AuthMethod == "" {
		n.AuthMethod = idp.AuthBasic
		if n.Kind == idp.ClientNative {
			n.AuthMethod = idp.AuthNone
		}
	}
	if n.Secret.IsZero() && n.AuthMethod != idp.AuthNone {
		n.Secret = idp.RandomSecret(32)
	}
	return n
}

func (n NewClient) client(now time.Time) idp.Client {
	c := idp.Client{
		ID: n.ID, Name: n.Name, Kind: n.Kind, AuthMethod: n.AuthMethod,
		RedirectURIs: slices.Clone(n.RedirectURIs), PostLogoutRedirectURIs: slices.Clone(n.PostLogoutRedirectURIs),
		BackchannelLogoutURI: n.BackchannelLogoutURI, InitiateLoginURI: n.InitiateLoginURI, SignOnGroup: n.SignOnGroup, Scopes: sorted(n.Scopes), RefreshTokens: n.RefreshTokens,
		PKCEOptional: n.PKCEOptional, IDTokenAlg: n.IDTokenAlg, ReferenceTokens: n.ReferenceTokens, PracticeID: n.PracticeID,
		Profile: n.Profile, SessionLifetime: n.SessionLifetime, SessionIdleTimeout: n.SessionIdleTimeout,
		MFARequiredFrom: n.MFARequiredFrom, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if !n.Secret.IsZero() {
		c.Secrets = []idp.ClientSecret{{Hash: n.Secret.Hash()}}
	}
	return c
}
