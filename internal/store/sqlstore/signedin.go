package sqlstore

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// signedInRow is a session with its person and their practice, joined.
type signedInRow struct {
	session  sessionRow
	user     userRow
	practice practiceRow
}

func (r *signedInRow) rows() []any { return []any{&r.session, &r.user, &r.practice} }

func (r *signedInRow) domain() (in idp.SignedIn, err error) {
	if in.Session, err = r.session.domain(); err != nil {
		return idp.SignedIn{}, err
	}
	if in.User, err = r.user.domain(); err != nil {
		return idp.SignedIn{}, err
	}
	in.Practice, err = r.practice.domain()
	return in, err
}

func (q queries) signedIn(ctx context.Context, which string, values ...any) (idp.SignedIn, error) {
	var row signedInRow
	if err := q.read(ctx, q.joins.signedIn+which, values, places(row.rows()...)); err != nil {
		return idp.SignedIn{}, err
	}
	return row.domain()
}

// FindSignedIn returns the session, ended or not, with its person; idp.ErrNotFound if there is none.
func (q queries) FindSignedIn(ctx context.Context, id idp.SID) (idp.SignedIn, error) {
	return q.signedIn(ctx, "s.id = $1", text(id))
}

// FindSignedInUnspent is FindSignedIn for something of the session that may have been spent: idp.ErrNotFound if it was (IsSpent).
func (q queries) FindSignedInUnspent(ctx context.Context, id idp.SID, name string, now time.Time) (idp.SignedIn, error) {
	return q.signedIn(ctx, "s.id = $1 AND NOT EXISTS (SELECT 1 FROM spent WHERE hash = $2 AND expires_at > $3)",
		text(id), text(idp.HashToken(name)), at(now))
}

// FindSignedInByBrowser returns the session of this cookie (by hash) at this app, ended or not, the newest if there are several, with
// its person; idp.ErrNotFound if there is none.
func (q queries) FindSignedInByBrowser(ctx context.Context, browserHash string, client idp.ClientID) (idp.SignedIn, error) {
	if browserHash == "" {
		return idp.SignedIn{}, idp.ErrNotFound
	}
	return q.signedIn(ctx, "s.browser_hash = $1 AND s.client_id = $2 ORDER BY s.created_at DESC, s.id DESC LIMIT 1", text(browserHash), text(client))
}

// FindRefreshTokenHolder returns the token, used or not, with the session that it is of and its person; idp.ErrNotFound if there is no
// such token.
func (q queries) FindRefreshTokenHolder(ctx context.Context, hash string) (idp.RefreshToken, idp.SignedIn, error) {
	var token refreshRow
	var row signedInRow
	err := q.read(ctx, q.joins.refresh+"r.hash = $1", []any{text(hash)}, places(append([]any{&token}, row.rows()...)...))
	if err != nil {
		return idp.RefreshToken{}, idp.SignedIn{}, err
	}
	in, err := row.domain()
	return token.domain(), in, err
}
