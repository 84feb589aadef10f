package sqlstore

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type clientRow struct {
	ID                     text `gorm:"primaryKey"`
	Name                   text
	Kind                   text
	AuthMethod             text
	Secrets                list[secretItem]
	RedirectURIs           list[string] `gorm:"column:redirect_uris"`
	PostLogoutRedirectURIs list[string] `gorm:"column:post_logout_redirect_uris"`
	BackchannelLogoutURI   text         `gorm:"column:backchannel_logout_uri"`
	InitiateLoginURI       text         `gorm:"column:initiate_login_uri"`
	Scopes                 list[string]
	RefreshTokens          bool
	PKCERequired           bool `gorm:"column:pkce_required"`
	PKCEOptional           bool `gorm:"column:pkce_optional"`
	IDTokenAlg             text `gorm:"column:id_token_alg"`
	ReferenceTokens        bool
	UserinfoOnly           bool
	TokenEndpointAudience  bool
	PushRequired           bool
	SecurityProfile        text
	FAPI2From              stamp `gorm:"column:fapi2_from"`
	JWKSURI                text  `gorm:"column:jwks_uri"`
	CertificateSubject     text
	CertificateBound       bool
	AllowedOrigins         list[string]
	Identifier             text
	PracticeID             optional
	Profile                text
	SessionLifetime        int64 // microseconds
	SessionIdleTimeout     int64 // microseconds
	RefreshGrace           int64 // microseconds
	SignOnGroup            text
	MFARequiredFrom        stamp `gorm:"column:mfa_required_from"`
	PhishingResistanceFrom stamp
	Accent                 text
	Logo                   []byte
	Access                 text
	Brings                 list[idp.ClientID]
	Owner                  text
	Purpose                text
	ReviewAt               stamp
	PublicKeys             text
	LastUsedAt             stamp
	NoPKCEAt               stamp `gorm:"column:no_pkce_at"`
	Disabled               bool
	CreatedAt              stamp
	UpdatedAt              stamp
	Version                int64
}

// TableName names the table.
func (clientRow) TableName() string { return "clients" }

// secretItem is a client secret inside the row.
type secretItem struct {
	ID        string    `json:"id,omitempty"` // "" in rows of before secrets had names
	Hash      string    `json:"hash"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

func clientToRow(c idp.Client) clientRow {
	row := clientRow{
		ID: text(c.ID), Name: text(c.Name), Kind: text(c.Kind), AuthMethod: text(c.AuthMethod),
		RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs,
		BackchannelLogoutURI: text(c.BackchannelLogoutURI), InitiateLoginURI: text(c.InitiateLoginURI), Scopes: c.Scopes, RefreshTokens: c.RefreshTokens,
		PKCERequired: c.PKCERequired, PKCEOptional: c.PKCEOptional, IDTokenAlg: text(c.IDTokenAlg), ReferenceTokens: c.ReferenceTokens,
		UserinfoOnly: c.UserinfoOnly, TokenEndpointAudience: c.TokenEndpointAudience, PushRequired: c.PushRequired, SecurityProfile: text(c.SecurityProfile), FAPI2From: at(c.FAPI2From),
		JWKSURI: text(c.JWKSURI), CertificateSubject: text(c.CertificateSubject), CertificateBound: c.CertificateBound, AllowedOrigins: c.AllowedOrigins,
		Identifier: text(c.Identifier), RefreshGrace: c.RefreshGrace.Microseconds(), NoPKCEAt: at(c.NoPKCEAt),
		PracticeID: optional(c.PracticeID), Profile: text(c.Profile), SessionLifetime: c.SessionLifetime.Microseconds(),
		SessionIdleTimeout: c.SessionIdleTimeout.Microseconds(), SignOnGroup: text(c.SignOnGroup), MFARequiredFrom: at(c.MFARequiredFrom),
		PhishingResistanceFrom: at(c.PhishingResistanceFrom),
		Accent:                 text(c.Accent), Logo: c.Logo, Access: text(c.Access), Brings: c.Brings, Owner: text(c.Owner), Purpose: text(c.Purpose), ReviewAt: at(c.ReviewAt),
		PublicKeys: text(c.PublicKeys), LastUsedAt: at(c.LastUsedAt),
		Disabled: c.Disabled, CreatedAt: at(c.CreatedAt), UpdatedAt: at(c.UpdatedAt), Version: c.Version,
	}
	for _, s := range c.Secrets {
		row.Secrets = append(row.Secrets, secretItem{ID: s.ID, Hash: s.Hash, CreatedAt: at(s.CreatedAt).at, ExpiresAt: at(s.ExpiresAt).at})
	}
	return row
}

func (r clientRow) domain() (idp.Client, error) {
	c := idp.Client{
		Registration: idp.Registration{
			ID: idp.ClientID(r.ID), Name: string(r.Name), Kind: idp.ClientKind(r.Kind), AuthMethod: idp.AuthMethod(r.AuthMethod),
			RedirectURIs: r.RedirectURIs, PostLogoutRedirectURIs: r.PostLogoutRedirectURIs,
			BackchannelLogoutURI: string(r.BackchannelLogoutURI), InitiateLoginURI: string(r.InitiateLoginURI), Scopes: r.Scopes, RefreshTokens: r.RefreshTokens,
			PKCERequired: r.PKCERequired, PKCEOptional: r.PKCEOptional, IDTokenAlg: string(r.IDTokenAlg), ReferenceTokens: r.ReferenceTokens,
			UserinfoOnly: r.UserinfoOnly, TokenEndpointAudience: r.TokenEndpointAudience, PushRequired: r.PushRequired, SecurityProfile: idp.SecurityProfile(r.SecurityProfile), FAPI2From: r.FAPI2From.at,
			JWKSURI: string(r.JWKSURI), CertificateSubject: string(r.CertificateSubject), CertificateBound: r.CertificateBound, AllowedOrigins: r.AllowedOrigins,
			Identifier: string(r.Identifier), RefreshGrace: time.Duration(r.RefreshGrace) * time.Microsecond,
			PracticeID: idp.PracticeID(r.PracticeID), Profile: idp.SessionProfile(r.Profile),
			SessionLifetime:    time.Duration(r.SessionLifetime) * time.Microsecond,
			SessionIdleTimeout: time.Duration(r.SessionIdleTimeout) * time.Microsecond,
			SignOnGroup:        string(r.SignOnGroup), MFARequiredFrom: r.MFARequiredFrom.at, PhishingResistanceFrom: r.PhishingResistanceFrom.at,
			Accent: string(r.Accent), Logo: r.Logo, Access: idp.ClientAccess(r.Access), Brings: r.Brings, Owner: string(r.Owner), Purpose: string(r.Purpose), ReviewAt: r.ReviewAt.at,
			PublicKeys: string(r.PublicKeys),
		},
		LastUsedAt: r.LastUsedAt.at, NoPKCEAt: r.NoPKCEAt.at, Disabled: r.Disabled,
		CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at, Version: r.Version,
	}
	for _, s := range r.Secrets {
		c.Secrets = append(c.Secrets, idp.ClientSecret{ID: s.ID, Hash: s.Hash, CreatedAt: at(s.CreatedAt).at, ExpiresAt: at(s.ExpiresAt).at})
	}
	return c, nil
}

// CreateClient stores a new client as version 1; idp.ErrConflict if its identifier exists, and idp.ErrNotFound if the
// practice it is bound to does not.
func (tx *Tx) CreateClient(ctx context.Context, c idp.Client) error {
	row := clientToRow(c)
	row.Version = 1
	tx.outdates(idp.CopiedClients)
	_, err := tx.insert(ctx, &row)
	return err
}

// UpdateClient stores c as version c.Version+1 if the stored one is c.Version, and idp.ErrConflict otherwise. The kind, the
// practice of a machine and the time of creation never change. When it was used is left to TouchClient and TouchClientNoPKCE.
func (tx *Tx) UpdateClient(ctx context.Context, c idp.Client) error {
	row := clientToRow(c)
	tx.outdates(idp.CopiedClients)
	return replace(ctx, tx, row, where("id = ?", row.ID), "kind", "practice_id", "created_at", "last_used_at", "no_pkce_at")
}

// FindClient returns idp.ErrNotFound if there is none. A disabled one is returned.
func (q queries) FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	var row clientRow
	if err := q.take(ctx, &row, where("id = ?", text(id))); err != nil {
		return idp.Client{}, err
	}
	return row.domain()
}

// TouchClient records that the client got a token, to the hour: what is shown needs no more, and a busy integration writes no row
// for each of its tokens. It is no edit: the version stays. One that does not exist is left alone.
func (s *Store) TouchClient(ctx context.Context, id idp.ClientID, now time.Time) error {
	return s.touchClient(ctx, id, "last_used_at", now)
}

// TouchClientNoPKCE records that a code of the client was redeemed without PKCE, likewise.
func (s *Store) TouchClientNoPKCE(ctx context.Context, id idp.ClientID, now time.Time) error {
	return s.touchClient(ctx, id, "no_pkce_at", now)
}

// touchClient moves an instant of the client forward to the hour of now, and writes nothing if it is there already.
func (s *Store) touchClient(ctx context.Context, id idp.ClientID, column string, now time.Time) error {
	hour := at(now.Truncate(time.Hour))
	earlier := where("id = ? AND ("+column+" IS NULL OR "+column+" < ?)", text(id), hour)
	var row clientRow
	if err := s.take(ctx, &row, earlier); err != nil {
		return noneIfGone(err)
	}
	return s.InTx(ctx, func(tx *Tx) error {
		_, err := tx.update(ctx, &clientRow{}, earlier, map[string]any{column: hour})
		return err
	})
}

// dated is exactly the condition of the index clients_dated.
const dated = `review_at IS NOT NULL OR secrets LIKE '%"expires_at"%'`

// SearchClients lists clients by name, then identifier.
func (q queries) SearchClients(ctx context.Context, query directory.ClientQuery, page Page) ([]idp.Client, string, error) {
	var rows []clientRow
	err := q.list(ctx, clientsByName, &rows, func(db *gorm.DB) *gorm.DB {
		db = narrow(db, "practice_id = ?", string(query.PracticeID))
		if len(query.Kinds) > 0 {
			db = db.Where("kind IN ?", texts(query.Kinds))
		}
		if !query.ReviewBy.IsZero() {
			db = db.Where("review_at < ?", at(query.ReviewBy))
		}
		if query.Dated {
			db = db.Where(dated)
		}
		return db
	}, page, query.Search, func(s search, id, name string) bool {
		return strings.HasPrefix(strings.ToLower(id), s.whole) || s.finds(idp.Fold(name))
	})
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r clientRow) string { return string(r.ID) }, clientRow.domain)
}

// ListApps returns every client that people sign in to, enabled or not, by identifier.
func (q queries) ListApps(ctx context.Context) ([]idp.Client, error) {
	return q.listKinds(ctx, idp.AppKinds()...)
}

// ListAPIs returns every API, enabled or not, by client identifier.
func (q queries) ListAPIs(ctx context.Context) ([]idp.Client, error) {
	return q.listKinds(ctx, idp.ClientAPI)
}

func (q queries) listKinds(ctx context.Context, kinds ...idp.ClientKind) ([]idp.Client, error) {
	var rows []clientRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Where("kind IN ?", texts(kinds)).Order("id") })
	if err != nil {
		return nil, err
	}
	clients := make([]idp.Client, 0, len(rows))
	for _, row := range rows {
		client, err := row.domain()
		if err != nil {
			return nil, err
		}
		clients = append(clients, client)
	}
	return clients, nil
}
