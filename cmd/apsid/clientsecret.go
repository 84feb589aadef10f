package main

import (
	"context"
	"io"

	"github.com/apscloud/apsid/pkg/adminclient"
)

type clientAddSecret struct {
	onClient
	Expires string `help:"When it ends; without, never." placeholder:"DAY"`
	OldEnds string `help:"When the older one ends; without, as before." placeholder:"DAY"`
}

// Run implements the command.
func (c *clientAddSecret) Run(ctx context.Context, out io.Writer) error {
	expires, err := instant("expires", c.Expires)
	if err != nil {
		return err
	}
	oldEnds, err := instant("old-ends", c.OldEnds)
	if err != nil {
		return err
	}
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	added, err := client.AddSecret(ctx, c.Client, expires, oldEnds)
	if err != nil {
		return err
	}
	return show(c.management, out, added, func(s adminclient.AddedSecret) [][2]string {
		return [][2]string{{"id", s.ID}, {"ends", moment(s.ExpiresAt)}, {"secret, shown once", s.ClientSecret}}
	})
}

type clientRemoveSecret struct {
	onClient
	Secret string `arg:"" help:"The secret's identifier (sec_…)."`
}

// Run implements the command.
func (c *clientRemoveSecret) Run(ctx context.Context, out io.Writer) error {
	return c.act(ctx, out, "removed "+c.Secret, func(client *adminclient.Client) error { return client.RemoveSecret(ctx, c.Client, c.Secret) })
}

type clientDisable struct{ onClient }

// Run implements the command.
func (c *clientDisable) Run(ctx context.Context, out io.Writer) error {
	yes := true
	return c.edit(ctx, out, adminclient.RegistrationEdit{Disabled: &yes})
}

type clientEnable struct{ onClient }

// Run implements the command.
func (c *clientEnable) Run(ctx context.Context, out io.Writer) error {
	no := false
	return c.edit(ctx, out, adminclient.RegistrationEdit{Disabled: &no})
}
