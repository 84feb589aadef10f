package redisstore

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// References keeps opaque access tokens; it is an oidcop.References.
type References struct{ store *Store }

// References returns the opaque access tokens.
func (s *Store) References() *References {
	return &References{store: s}
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
	JKT        string `json:",omitempty"`
	X5T        string `json:",omitempty"`
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
		JKT:        r.JKT,
		X5T:        r.X5T,
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
		JKT:        r.JKT,
		X5T:        r.X5T,
	}
}

func referencePlace(hash string) string { return "reference/" + hash }
