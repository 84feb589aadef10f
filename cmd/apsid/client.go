package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/apscloud/apsid/pkg/adminclient"
)

// clientCommand is about apps and integrations, over the management API.
type clientCommand struct {
	List         clientList         `cmd:"" help:"List apps and integrations."`
	Show         clientShow         `cmd:"" help:"Show one."`
	Create       clientCreate       `cmd:"" gives:"register-client" help:"Register one; its secret is shown once."`
	Edit         clientEdit         `cmd:"" gives:"edit-client"`
	AddSecret    clientAddSecret    `cmd:"" gives:"add-secret"`
	RemoveSecret clientRemoveSecret `cmd:"" gives:"remove-secret"`
	Disable      clientDisable      `cmd:"" gives:"edit-client" help:"Give it no more tokens."`
	Enable       clientEnable       `cmd:"" gives:"edit-client" help:"Give it tokens again."`
}

type clientList struct {
	management `embed:""`
	Practice   string   `help:"Integrations of this practice."`
	Kind       []string `help:"web, native or machine. May be given again."`
	Search     string   `help:"The beginning of any word of the name, or of the identifier."`
	ReviewBy   string   `help:"Those to be reviewed before this day." placeholder:"DAY"`
}

// Run implements the command.
func (c *clientList) Run(ctx context.Context, out io.Writer) error {
	before, err := instant("review-by", c.ReviewBy)
	if err != nil {
		return err
	}
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	found := client.Registrations(ctx, adminclient.RegistrationQuery{Practice: c.Practice, Kinds: c.Kind, Search: c.Search, ReviewBy: before})
	return list(c.management, out, found, []string{"ID", "NAME", "KIND", "PRACTICE", "LAST USED", "REVIEW", "STATE"}, func(r adminclient.Registration) []string {
		return []string{r.ID, r.Name, r.Kind, r.PracticeID, moment(r.LastUsedAt), moment(r.ReviewAt), state(r)}
	})
}

func state(r adminclient.Registration) string {
	if r.Disabled {
		return "disabled"
	}
	return "active"
}

// onClient names an app or an integration.
type onClient struct {
	management `embed:""`
	Client     string `arg:"" help:"The identifier."`
}

type clientShow struct{ onClient }

// Run implements the command.
func (c *clientShow) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	found, err := client.Registration(ctx, c.Client)
	if err != nil {
		return err
	}
	return show(c.management, out, found, clientLines)
}

func clientLines(r adminclient.Registration) [][2]string {
	var secrets []string
	for _, secret := range r.Secrets {
		ends := "never ends"
		if !secret.ExpiresAt.IsZero() {
			ends = "ends " + moment(secret.ExpiresAt)
		}
		secrets = append(secrets, secret.ID+" "+ends)
	}
	seconds := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10) + " s"
	}
	return [][2]string{
		{"id", r.ID}, {"name", r.Name}, {"kind", r.Kind}, {"state", state(r)}, {"practice", r.PracticeID}, {"authenticates by", r.AuthMethod},
		{"secrets", strings.Join(secrets, ", ")}, {"redirect URIs", words(r.RedirectURIs)}, {"scopes", words(r.Scopes)},
		{"session lifetime", seconds(r.SessionLifetime)}, {"session idle timeout", seconds(r.SessionIdleTimeout)},
		{"MFA mandatory from", moment(r.MFARequiredFrom)}, {"brings", words(r.Brings)}, {"owner", r.Owner}, {"purpose", r.Purpose},
		{"review", moment(r.ReviewAt)}, {"last used", moment(r.LastUsedAt)},
	}
}

type clientCreate struct {
	management  `embed:""`
	Client      string   `arg:"" help:"The identifier: small letters, digits, dots and dashes. It stays."`
	Name        string   `arg:"" help:"Its name."`
	Kind        string   `required:"" help:"${enum}." enum:"web,native,machine"`
	Practice    string   `help:"The practice that an integration is bound to."`
	Scope       []string `help:"What it may ask for. May be given again."`
	RedirectURI []string `name:"redirect-uri" help:"Where people come back to. May be given again."`
	Brings      []string `help:"An app that a practice gets together with it. May be given again."`
	Owner       string   `help:"Who answers for an integration."`
	Purpose     string   `help:"Why it is needed, and so exempt from MFA."`
	ReviewAt    string   `help:"When somebody looks whether it still is." placeholder:"DAY"`
}

// Run implements the command.
func (c *clientCreate) Run(ctx context.Context, out io.Writer) error {
	review, err := instant("review-at", c.ReviewAt)
	if err != nil {
		return err
	}
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	made, err := client.Register(ctx, adminclient.NewRegistration{
		ID: c.Client, Name: c.Name, Kind: c.Kind, PracticeID: c.Practice, Scopes: c.Scope, RedirectURIs: c.RedirectURI, Brings: c.Brings,
		Owner: c.Owner, Purpose: c.Purpose, ReviewAt: review,
	})
	if err != nil {
		return err
	}
	return show(c.management, out, made, func(r adminclient.Registered) [][2]string {
		return append(clientLines(r.Registration), [2]string{"secret, shown once", r.ClientSecret})
	})
}

type clientEdit struct {
	onClient
	Name        string   `help:"A new name."`
	Scope       []string `help:"What it may ask for from now on. May be given again."`
	RedirectURI []string `name:"redirect-uri" help:"Where people come back to from now on. May be given again."`
	Owner       string   `help:"Who answers for it."`
	Purpose     string   `help:"Why it is needed."`
	ReviewAt    string   `help:"When somebody looks whether it still is." placeholder:"DAY"`
	RequireMFA  string   `name:"require-mfa" help:"From when the app makes MFA mandatory, or none." placeholder:"DAY"`
}

// Run implements the command.
func (c *clientEdit) Run(ctx context.Context, out io.Writer) error {
	review, err := momentAt("review-at", c.ReviewAt)
	if err != nil {
		return err
	}
	mandatory, err := momentAt("require-mfa", c.RequireMFA)
	if err != nil {
		return err
	}
	return c.edit(ctx, out, adminclient.RegistrationEdit{
		Name: given(c.Name), Scopes: replaced(c.Scope, false), RedirectURIs: replaced(c.RedirectURI, false), Owner: given(c.Owner),
		Purpose: given(c.Purpose), ReviewAt: review, MFARequiredFrom: mandatory,
	})
}

// momentAt is a time as an edit has it: nil if the flag was not given, zero for none.
func momentAt(flag, text string) (*adminclient.Moment, error) {
	switch text {
	case "":
		return nil, nil
	case "none":
		return &adminclient.Moment{}, nil
	}
	when, err := instant(flag, text)
	return &adminclient.Moment{Time: when}, err
}

// edit changes the registration as it is now.
func (c onClient) edit(ctx context.Context, out io.Writer, edit adminclient.RegistrationEdit) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	found, err := client.Registration(ctx, c.Client)
	if err != nil {
		return err
	}
	edited, err := client.EditRegistration(ctx, found.ID, found.Version, edit)
	if err != nil {
		return err
	}
	return show(c.management, out, edited, clientLines)
}
