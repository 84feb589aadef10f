package server

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
)

// appReader finds the registration of an app.
type appReader interface {
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// brands gives mails the brand of the app that they are about.
type brands struct{ apps appReader }

// FindBrand implements notify.Brands.
func (b brands) FindBrand(ctx context.Context, app idp.ClientID) (notify.Brand, error) {
	client, err := b.apps.FindClient(ctx, app)
	if err != nil {
		return notify.Brand{}, err
	}
	return notify.Brand{Name: client.Name, Accent: client.Accent, Logo: client.Logo}, nil
}
