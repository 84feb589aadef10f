package redisstore

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Pushed keeps authorization requests that apps have pushed; it is an oidcop.Pushed.
type Pushed struct{ store *Store }

// Pushed returns the pushed authorization requests.
func (s *Store) Pushed() *Pushed { return &Pushed{store: s} }

// pushedRow is a request as it is sealed.
type pushedRow struct {
	ClientID idp.ClientID
	Query    []byte
}

// CreatePushed keeps the request for ttl.
func (p *Pushed) CreatePushed(ctx context.Context, hash string, r idp.PushedRequest, ttl time.Duration) error {
	life, err := milliseconds(ttl)
	if err != nil {
		return err
	}
	sealed, err := p.store.seal(pushedRow{ClientID: r.ClientID, Query: []byte(r.Query)}, pushedPlace(hash))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(p.store.client.Set(ctx, p.key(hash), sealed, time.Duration(life)*time.Millisecond).Err())
}

// FindPushed returns the request; idp.ErrNotFound for one that is gone.
func (p *Pushed) FindPushed(ctx context.Context, hash string) (idp.PushedRequest, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	sealed, err := p.store.client.Get(ctx, p.key(hash)).Bytes()
	if err != nil {
		return idp.PushedRequest{}, translate(err)
	}
	var row pushedRow
	if err := p.store.open(sealed, pushedPlace(hash), &row); err != nil {
		return idp.PushedRequest{}, err
	}
	return idp.PushedRequest{ClientID: row.ClientID, Query: string(row.Query)}, nil
}

func (p *Pushed) key(hash string) string { return p.store.granted("pushed:", hash) }

func pushedPlace(hash string) string { return "pushed/" + hash }
