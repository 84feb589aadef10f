package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

type linkRow struct {
	Hash          text `gorm:"primaryKey"`
	Purpose       text
	PracticeID    text
	UserID        text
	CreatedByKind text
	CreatedByID   text
	CreatedAt     stamp
	ExpiresAt     stamp
	UsedAt        stamp
	RevokedAt     stamp
}

// TableName names the table.
func (linkRow) TableName() string { return "links" }

func linkToRow(l idp.Link) linkRow {
	return linkRow{
		Hash: text(l.Hash), Purpose: text(l.Purpose), PracticeID: text(l.PracticeID), UserID: text(l.UserID),
		CreatedByKind: text(l.CreatedBy.Kind), CreatedByID: text(l.CreatedBy.ID), CreatedAt: at(l.CreatedAt), ExpiresAt: at(l.ExpiresAt),
		UsedAt: at(l.UsedAt), RevokedAt: at(l.RevokedAt),
	}
}

func (r linkRow) domain() idp.Link {
	return idp.Link{
		Hash: string(r.Hash), Purpose: idp.LinkPurpose(r.Purpose), PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID),
		CreatedBy: idp.Actor{Kind: idp.ActorKind(r.CreatedByKind), ID: string(r.CreatedByID)},
		CreatedAt: r.CreatedAt.at, ExpiresAt: r.ExpiresAt.at, UsedAt: r.UsedAt.at, RevokedAt: r.RevokedAt.at,
	}
}

// FindLink returns the link of this hash, used or not; idp.ErrNotFound if there is none.
func (q queries) FindLink(ctx context.Context, hash string) (idp.Link, error) {
	var row linkRow
	err := q.take(ctx, &row, where("hash = ?", text(hash)))
	if err != nil {
		return idp.Link{}, err
	}
	return row.domain(), nil
}

// FindInvite returns the newest invitation of the person, open or not; idp.ErrNotFound if there is none.
func (q queries) FindInvite(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.Link, error) {
	var row linkRow
	err := q.take(ctx, &row, func(db *gorm.DB) *gorm.DB {
		return linksOf(practice, user, idp.LinkInvite)(db).Order("created_at DESC, hash DESC")
	})
	if err != nil {
		return idp.Link{}, err
	}
	return row.domain(), nil
}

// CreateLink stores a link and revokes the open ones of its purpose for its person, except those of idp.LinkNotMe, which all
// stay. It is idp.ErrNotFound if the person is not of the practice, and idp.ErrConflict if the link exists.
func (tx *Tx) CreateLink(ctx context.Context, l idp.Link) error {
	if err := tx.holdUser(ctx, l.PracticeID, l.UserID); err != nil {
		return err
	}
	if l.Purpose != idp.LinkNotMe {
		// Expired ones are revoked too: a clock that is set back must not open them again (ABUSE 46).
		_, err := tx.update(ctx, &linkRow{}, unspent(linksOf(l.PracticeID, l.UserID, l.Purpose)), map[string]any{"revoked_at": at(l.CreatedAt)})
		if err != nil {
			return err
		}
	}
	row := linkToRow(l)
	_, err := tx.insert(ctx, &row)
	return err
}

// ConsumeLink marks the link as used and returns it: of any number of callers exactly one gets it. It is idp.ErrUsed for one that
// was used, was revoked or is over, and idp.ErrNotFound if there is none of this hash and purpose.
func (tx *Tx) ConsumeLink(ctx context.Context, hash string, purpose idp.LinkPurpose, now time.Time) (idp.Link, error) {
	var row linkRow
	this := where("hash = ? AND purpose = ?", text(hash), text(purpose))
	err := tx.take(ctx, &row, this)
	if err != nil {
		return idp.Link{}, err
	}
	link := row.domain()
	// The person's row is locked first, as in CreateLink and RevokeLinks, so that these never deadlock.
	if err := tx.holdUser(ctx, link.PracticeID, link.UserID); err != nil {
		return idp.Link{}, err
	}
	open := func(db *gorm.DB) *gorm.DB { return unspent(this)(db).Where("expires_at > ?", at(now)) }
	changed, err := tx.update(ctx, &linkRow{}, open, map[string]any{"used_at": at(now)})
	if err != nil {
		return idp.Link{}, err
	}
	if changed == 0 {
		return idp.Link{}, idp.ErrUsed
	}
	link.UsedAt = at(now).at
	return link, nil
}

// RevokeLinks revokes the open links of this purpose for the person, and returns how many there were.
func (tx *Tx) RevokeLinks(ctx context.Context, practice idp.PracticeID, user idp.UserID, purpose idp.LinkPurpose, now time.Time) (int64, error) {
	if err := tx.holdUser(ctx, practice, user); err != nil {
		return 0, noneIfGone(err)
	}
	open := func(db *gorm.DB) *gorm.DB {
		return unspent(linksOf(practice, user, purpose))(db).Where("expires_at > ?", at(now))
	}
	return tx.update(ctx, &linkRow{}, open, map[string]any{"revoked_at": at(now)})
}

func linksOf(practice idp.PracticeID, user idp.UserID, purpose idp.LinkPurpose) build {
	return where("practice_id = ? AND user_id = ? AND purpose = ?", text(practice), text(user), text(purpose))
}

// unspent adds that a link was neither used nor revoked.
func unspent(b build) build {
	return func(db *gorm.DB) *gorm.DB { return b(db).Where("used_at IS NULL AND revoked_at IS NULL") }
}
