package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/adminclient"
)

// clientCommand is about apps and integrations, over the management API.
type clientCommand struct {
	List         clientList         `cmd:"" help:"List apps and integrations."`
	Show         clientShow         `cmd:"" help:"Show one."`
	Create       clientCreate       `cmd:"" gives:"register-client" help:"Register one; its secret is shown once."`
	Edit         clientEdit         `cmd:"" gives:"edit-client"`
	Explain      clientExplain      `cmd:"" help:"Say what apps and integrations lack for FAPI 2.0, and how long is left."`
	Test         clientTest         `cmd:"" help:"Explain what of a pasted request would be refused, and why."`
	AddSecret    clientAddSecret    `cmd:"" gives:"add-secret"`
	RemoveSecret clientRemoveSecret `cmd:"" gives:"remove-secret"`
	Disable      clientDisable      `cmd:"" gives:"edit-client" help:"Give it no more tokens."`
	Enable       clientEnable       `cmd:"" gives:"edit-client" help:"Give it tokens again."`
}

type clientList struct {
	management `embed:""`
	Practice   string   `help:"Integrations of this practice."`
	Kind       []string `help:"web, native, browser, machine or api. May be given again."`
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
		{"id", r.ID}, {"name", r.Name}, {"kind", r.Kind}, {"state", state(r)}, {"practice", r.PracticeID}, {"identifier", r.Identifier},
		{"authenticates by", r.AuthMethod}, {"assertions for the token endpoint", yes(r.TokenEndpointAudience)},
		{"must push its requests", yes(r.PushRequired)}, {"security profile", r.SecurityProfile}, {"FAPI 2.0 required from", moment(r.FAPI2From)}, {"secrets", strings.Join(secrets, ", ")},
		{"public keys", r.PublicKeys}, {"keys published at", r.JWKSURI}, {"certificate of", r.CertificateSubject},
		{"tokens bound to its certificate", yes(r.CertificateBound)}, {"redirect URIs", words(r.RedirectURIs)}, {"post-logout redirect URIs", words(r.PostLogoutRedirectURIs)},
		{"back-channel logout URI", r.BackchannelLogoutURI}, {"initiate-login URI", r.InitiateLoginURI}, {"allowed origins", words(r.AllowedOrigins)},
		{"scopes", words(r.Scopes)}, {"refresh tokens", yes(r.RefreshTokens)}, {"refresh grace", graceOf(r)}, {"PKCE", pkceOf(r)},
		{"ID token signed by", r.IDTokenAlg}, {"opaque access tokens", yes(r.ReferenceTokens)}, {"name and mail at userinfo only", yes(r.UserinfoOnly)},
		{"profile", r.Profile}, {"session lifetime", seconds(r.SessionLifetime)}, {"session idle timeout", seconds(r.SessionIdleTimeout)},
		{"sign-on group", r.SignOnGroup}, {"MFA mandatory from", moment(r.MFARequiredFrom)},
		{"passkeys needed from", moment(r.PhishingResistanceFrom)}, {"accent colour", r.AccentColour}, {"logo", bytesOf(r.Logo)},
		{"access", r.Access}, {"brings", words(r.Brings)},
		{"owner", r.Owner}, {"purpose", r.Purpose}, {"review", moment(r.ReviewAt)}, {"last used", moment(r.LastUsedAt)},
		{"last sign-in without PKCE", moment(r.NoPKCEAt)}, {"created", moment(r.CreatedAt)}, {"changed", moment(r.UpdatedAt)},
	}
}

func yes(on bool) string {
	if !on {
		return ""
	}
	return "yes"
}

func bytesOf(logo []byte) string {
	if len(logo) == 0 {
		return ""
	}
	return "PNG, " + strconv.Itoa(len(logo)) + " bytes"
}

func graceOf(r adminclient.Registration) string {
	if !r.RefreshTokens {
		return ""
	}
	return strconv.FormatInt(r.RefreshGrace, 10) + " s"
}

// pkceOf says what a sign-in at the app must send.
func pkceOf(r adminclient.Registration) string {
	switch {
	case r.Kind == "native" || r.Kind == "browser" || r.PKCERequired:
		return "required"
	case r.Kind != "web":
		return ""
	case r.PKCEOptional:
		return "optional, and so is a nonce"
	default:
		return "required without a nonce"
	}
}

type clientCreate struct {
	management    `embed:""`
	Client        string `arg:"" help:"The identifier: small letters, digits, dots and dashes. It stays."`
	Name          string `arg:"" help:"Its name."`
	Kind          string `required:"" help:"${enum}." enum:"web,native,browser,machine,api"`
	Practice      string `help:"The practice that an integration is bound to."`
	SecretExpires string `help:"When its secret ends; without, never." placeholder:"DAY"`

	clientSettings `embed:""`
}

// Run implements the command.
func (c *clientCreate) Run(ctx context.Context, out io.Writer) error {
	wanted, err := c.registration()
	if err != nil {
		return err
	}
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	made, err := client.Register(ctx, wanted)
	if err != nil {
		return err
	}
	err = show(c.management, out, made, func(r adminclient.Registered) [][2]string {
		return append(clientLines(r.Registration), [2]string{"secret, shown once", r.ClientSecret})
	})
	if err != nil || c.JSON {
		return err
	}
	if _, err := fmt.Fprint(out, "\nSettings for the app or integration:\n\n"); err != nil {
		return err
	}
	return show(c.management, out, made, func(r adminclient.Registered) [][2]string { return pasted(client.Issuer(), r) })
}

// registration is what the flags say. The settings of an edit and of a registration have the same names in the API, so one set of flags
// is enough.
func (c *clientCreate) registration() (wanted adminclient.NewRegistration, err error) {
	settings, err := c.edit()
	if err != nil {
		return wanted, err
	}
	text, err := json.Marshal(settings)
	if err == nil {
		err = json.Unmarshal(text, &wanted)
	}
	if err != nil {
		return wanted, err
	}
	wanted.ID, wanted.Name, wanted.Kind, wanted.PracticeID = c.Client, c.Name, c.Kind, c.Practice
	wanted.SecretExpiresAt, err = instant("secret-expires", c.SecretExpires)
	return wanted, err
}

type clientEdit struct {
	onClient
	Name *string `help:"A new name."`

	clientSettings `embed:""`
}

// Run implements the command.
func (c *clientEdit) Run(ctx context.Context, out io.Writer) error {
	edit, err := c.clientSettings.edit()
	if err != nil {
		return err
	}
	edit.Name = c.Name
	return c.onClient.edit(ctx, out, edit)
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
	var ends [][2]string
	if stops := edit.Disabled != nil && *edit.Disabled; stops || edit.MFARequiredFrom != nil && !edit.MFARequiredFrom.IsZero() && edit.MFARequiredFrom.Before(time.Now()) {
		if count, err := client.CountClientSessions(ctx, found.ID, !stops); err == nil { // a token that may edit may not look
			ends = [][2]string{{"signed out", signedOut(count)}}
		}
	}
	edited, err := client.EditRegistration(ctx, found.ID, found.Version, edit)
	if err != nil {
		return err
	}
	return show(c.management, out, edited, func(r adminclient.Registration) [][2]string { return append(clientLines(r), ends...) })
}
