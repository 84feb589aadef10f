package main

import (
	"context"
	"io"

	"github.com/apscloud/apsid/pkg/adminclient"
)

type userDisable struct{ onUser }

// Run implements the command.
func (c *userDisable) Run(ctx context.Context, out io.Writer) error {
	return c.do(ctx, out, "disabled", func(client *adminclient.Client, id string) error { return client.DisableUser(ctx, id) })
}

type userEnable struct{ onUser }

// Run implements the command.
func (c *userEnable) Run(ctx context.Context, out io.Writer) error {
	return c.do(ctx, out, "enabled", func(client *adminclient.Client, id string) error { return client.EnableUser(ctx, id) })
}

type userUnlock struct{ onUser }

// Run implements the command.
func (c *userUnlock) Run(ctx context.Context, out io.Writer) error {
	return c.do(ctx, out, "unlocked", func(client *adminclient.Client, id string) error { return client.UnlockUser(ctx, id) })
}

type userSendPassword struct{ onUser }

// Run implements the command.
func (c *userSendPassword) Run(ctx context.Context, out io.Writer) error {
	return c.do(ctx, out, "sent a link to", func(client *adminclient.Client, id string) error { return client.SendPasswordReset(ctx, id) })
}

type userResetMFA struct {
	onUser
	Reason string `required:"" help:"Why, for the audit trail."`
}

// Run implements the command.
func (c *userResetMFA) Run(ctx context.Context, out io.Writer) error {
	return c.do(ctx, out, "reset the MFA of", func(client *adminclient.Client, id string) error { return client.ResetMFA(ctx, id, c.Reason) })
}

type userSessions struct{ onUser }

// Run implements the command.
func (c *userSessions) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	id, err := c.id(ctx, client)
	if err != nil {
		return err
	}
	sessions, err := client.Sessions(ctx, id)
	if err != nil {
		return err
	}
	each := func(yield func(adminclient.Session, error) bool) {
		for _, session := range sessions {
			if !yield(session, nil) {
				return
			}
		}
	}
	return list(c.management, out, each, []string{"ID", "APP", "SIGNED IN", "LAST ACTIVITY", "HOW"}, func(s adminclient.Session) []string {
		return []string{s.ID, s.ClientID, moment(s.AuthTime), moment(s.LastActivityAt), words(s.AMR)}
	})
}

type userEndSession struct {
	management `embed:""`
	Session    string `arg:"" help:"The session's identifier (ses_…)."`
}

// Run implements the command.
func (c *userEndSession) Run(ctx context.Context, out io.Writer) error {
	return c.act(ctx, out, "ended "+c.Session, func(client *adminclient.Client) error { return client.EndSession(ctx, c.Session) })
}
