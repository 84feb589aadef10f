package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// denyAtLeast is the least time for which a revoked token is remembered: clocks that differ by less never revive one.
const denyAtLeast = time.Hour

// denyToken turns the instant until which a token must be denied into a lifetime by Redis's own clock.
const denyToken = clock + `
redis.call('SET', KEYS[1], '1', 'PX', string.format('%.0f', math.max(ARGV[1] - now, tonumber(ARGV[2]))))
return 1`

// References keeps opaque access tokens and revoked token identifiers; it is an oidcop.References.
type References struct {
	store *Store
	deny  *redis.Script
}

// References returns the opaque access tokens.
func (s *Store) References() *References {
	return &References{store: s, deny: redis.NewScript(denyToken)}
}

// referenceRow is a reference as it is sealed.
type referenceRow struct {
	ClientID   idp.ClientID
	Subject    string
	PracticeID idp.PracticeID
	Audience   []string
	Scopes     []string
	Claims     []string
	SID        idp.SID
	ACR        idp.ACR
	AMR        []idp.AMR
	AuthTime   time.Time
	IssuedAt   time.Time
	ExpiresAt  time.Time
}

// CreateReference keeps r from its IssuedAt until its ExpiresAt.
func (f *References) CreateReference(ctx context.Context, hash string, r idp.Reference) error {
	life, err := milliseconds(r.ExpiresAt.Sub(r.IssuedAt))
	if err != nil {
		return err
	}
	sealed, err := f.store.seal(newReferenceRow(r), referencePlace(hash))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	err = f.store.client.Set(ctx, f.store.granted("reference:", hash), sealed, time.Duration(life)*time.Millisecond).Err()
	return translate(err)
}

// FindReference returns the reference; idp.ErrNotFound for one that is gone.
func (f *References) FindReference(ctx context.Context, hash string) (idp.Reference, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	sealed, err := f.store.client.Get(ctx, f.store.granted("reference:", hash)).Bytes()
	if err != nil {
		return idp.Reference{}, translate(err)
	}
	var row referenceRow
	if err := f.store.open(sealed, referencePlace(hash), &row); err != nil {
		return idp.Reference{}, err
	}
	return row.reference(), nil
}

// DeleteReference removes the reference; one that is gone is no error.
func (f *References) DeleteReference(ctx context.Context, hash string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(f.store.client.Del(ctx, f.store.granted("reference:", hash)).Err())
}

// DenyToken remembers a revoked token's identifier until the token is over, and for an hour at least.
func (f *References) DenyToken(ctx context.Context, jti string, until time.Time) error {
	_, err := f.store.runInt(ctx, f.deny, []string{deniedKey(jti)}, until.UnixMilli(), denyAtLeast.Milliseconds())
	return err
}

// TokenDenied reports whether the token was revoked.
func (f *References) TokenDenied(ctx context.Context, jti string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	count, err := f.store.client.Exists(ctx, deniedKey(jti)).Result()
	return count > 0, translate(err)
}

func newReferenceRow(r idp.Reference) referenceRow {
	return referenceRow{
		ClientID:   r.ClientID,
		Subject:    r.Subject,
		PracticeID: r.PracticeID,
		Audience:   r.Audience,
		Scopes:     r.Scopes,
		Claims:     r.Claims,
		SID:        r.SID,
		ACR:        r.ACR,
		AMR:        r.AMR,
		AuthTime:   r.AuthTime.UTC(),
		IssuedAt:   r.IssuedAt.UTC(),
		ExpiresAt:  r.ExpiresAt.UTC(),
	}
}

func (r referenceRow) reference() idp.Reference {
	return idp.Reference{
		ClientID:   r.ClientID,
		Subject:    r.Subject,
		PracticeID: r.PracticeID,
		Audience:   r.Audience,
		Scopes:     r.Scopes,
		Claims:     r.Claims,
		SID:        r.SID,
		ACR:        r.ACR,
		AMR:        r.AMR,
		AuthTime:   r.AuthTime,
		IssuedAt:   r.IssuedAt,
		ExpiresAt:  r.ExpiresAt,
	}
}

func referencePlace(hash string) string { return "reference/" + hash }

// deniedKey hashes the identifier, which may be of any length.
func deniedKey(jti string) string { return prefix + "denied:" + idp.HashToken(jti) }
