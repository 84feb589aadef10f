package main

import (
	"context"
	"io"
	"strconv"

	"github.com/apscloud/apsid/pkg/adminclient"
)

// practiceCommand is about practices, over the management API.
type practiceCommand struct {
	List          practiceList          `cmd:"" help:"List practices."`
	Show          practiceShow          `cmd:"" help:"Show a practice."`
	Create        practiceCreate        `cmd:"" gives:"create-practice"`
	Edit          practiceEdit          `cmd:"" gives:"edit-practice"`
	Suspend       practiceSuspend       `cmd:"" gives:"suspend-practice"`
	Resume        practiceResume        `cmd:"" gives:"resume-practice"`
	AddApp        practiceAddApp        `cmd:"" gives:"add-practice-app"`
	RemoveApp     practiceRemoveApp     `cmd:"" gives:"remove-practice-app"`
	Prerequisites practicePrerequisites `cmd:"" help:"Check what MFA needs; fails if something is missing."`
	ActivateMFA   practiceActivateMFA   `cmd:"" gives:"activate-mfa" name:"activate-mfa" help:"Activate MFA, at once, for a practice that has asked for it."`
	RequireMFA    practiceRequireMFA    `cmd:"" gives:"require-mfa stop-requiring-mfa" name:"require-mfa" help:"Make MFA mandatory from a day on, or leave it to the practice again."`
}

type practiceList struct {
	management `embed:""`
	Search     string `help:"The beginning of any word of the name."`
	State      string `help:"${enum}." enum:",active,suspended" default:""`
	MFA        string `name:"mfa" help:"${enum}." enum:",off,requested,active" default:""`
}

// Run implements the command.
func (c *practiceList) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	practices := client.Practices(ctx, adminclient.PracticeQuery{Search: c.Search, State: c.State, MFA: c.MFA})
	return list(c.management, out, practices, []string{"ID", "NAME", "REGION", "STATE", "MFA", "APPS"}, func(p adminclient.Practice) []string {
		return []string{p.ID, p.Name, p.Region, p.State, p.MFA, words(p.Apps)}
	})
}

// onPractice names a practice.
type onPractice struct {
	management `embed:""`
	Practice   string `arg:"" help:"The practice's identifier (prc_…)."`
}

// sessions counts the practice's open sessions: those that end when it loses the app, unless that is "", or those without MFA.
func (c onPractice) sessions(ctx context.Context, app string, withoutMFA bool) counted {
	return func(client *adminclient.Client) (adminclient.SessionCount, error) {
		return client.CountPracticeSessions(ctx, c.Practice, app, withoutMFA)
	}
}

type practiceShow struct{ onPractice }

// Run implements the command.
func (c *practiceShow) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	practice, err := client.Practice(ctx, c.Practice)
	if err != nil {
		return err
	}
	return show(c.management, out, practice, func(p adminclient.PracticeDetail) [][2]string {
		number := func(n int64) string { return strconv.FormatInt(n, 10) }
		lines := append(practiceLines(p.Practice), [2]string{"people", number(p.Counts.People)},
			[2]string{"  enrolled in MFA", number(p.Counts.Enrolled)}, [2]string{"  with a passkey", number(p.Counts.Passkeys)}, [2]string{"  with User Management+", number(p.Counts.Managers)},
			[2]string{"  invited", number(p.Counts.Invited)}, [2]string{"  never signed in", number(p.Counts.NeverSignedIn)},
			[2]string{"disabled", number(p.Counts.Disabled)})
		if p.Activation != nil {
			lines = append(lines, [2]string{"request for MFA", p.Activation.State + ", of " + moment(p.Activation.RequestedAt)})
		}
		for _, m := range p.Mandatory {
			if !m.Passkeys {
				lines = append(lines, [2]string{"MFA mandatory", "from " + moment(m.From) + ", by " + m.Name})
			} else if m.App != "" { // those of the practice stand above
				lines = append(lines, [2]string{"passkeys needed", "from " + moment(m.From) + ", by " + m.Name})
			}
		}
		return lines
	})
}

func practiceLines(p adminclient.Practice) [][2]string {
	return [][2]string{
		{"id", p.ID}, {"name", p.Name}, {"state", p.State}, {"region", p.Region}, {"time zone", p.TimeZone}, {"telephone", p.Phone},
		{"MFA", p.MFA}, {"apps", words(p.Apps)},
		{"passkeys needed from", moment(p.PhishingResistanceFrom)}, {"  of administrators", moment(p.PhishingResistanceAdministratorsFrom)},
		{"passkeys allowed", words(p.PasskeyModels)},
	}
}

type practiceCreate struct {
	management `embed:""`
	Name       string   `arg:"" help:"Its name."`
	Region     string   `required:"" help:"${enum}." enum:"AU,NZ,GB"`
	TimeZone   string   `required:"" help:"IANA name, such as Australia/Sydney."`
	App        []string `help:"An app it has. May be given again."`
}

// Run implements the command.
func (c *practiceCreate) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	practice, err := client.CreatePractice(ctx, adminclient.NewPractice{Name: c.Name, Region: c.Region, TimeZone: c.TimeZone, Apps: c.App})
	if err != nil {
		return err
	}
	return show(c.management, out, practice, practiceLines)
}

type practiceEdit struct {
	onPractice
	Name     string `help:"A new name."`
	Region   string `help:"${enum}." enum:",AU,NZ,GB" default:""`
	TimeZone string `help:"IANA name, such as Australia/Sydney."`
	Phone    string `help:"The number on file, which support calls back."`

	RequirePasskeys               string   `placeholder:"DAY" help:"From when everybody needs a passkey, or none."`
	RequirePasskeysAdministrators string   `placeholder:"DAY" help:"From when administrators and people with User Management+ need a passkey, or none."`
	PasskeyModel                  []string `placeholder:"AAGUID" help:"A kind of passkey that people may add. May be given again; none for any."`
}

// Run implements the command.
func (c *practiceEdit) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	practice, err := client.Practice(ctx, c.Practice)
	if err != nil {
		return err
	}
	edit := adminclient.PracticeEdit{
		Name: given(c.Name), Region: given(c.Region), TimeZone: given(c.TimeZone), Phone: given(c.Phone), PasskeyModels: listed(c.PasskeyModel),
	}
	if edit.PhishingResistanceFrom, err = momentAt("require-passkeys", c.RequirePasskeys); err != nil {
		return err
	}
	if edit.PhishingResistanceAdministratorsFrom, err = momentAt("require-passkeys-administrators", c.RequirePasskeysAdministrators); err != nil {
		return err
	}
	edited, err := client.EditPractice(ctx, practice.ID, practice.Version, edit)
	if err != nil {
		return err
	}
	return show(c.management, out, edited, practiceLines)
}

type practiceSuspend struct{ onPractice }

// Run implements the command.
func (c *practiceSuspend) Run(ctx context.Context, out io.Writer) error {
	return c.actOnMany(ctx, out, "suspended "+c.Practice, c.sessions(ctx, "", false),
		func(client *adminclient.Client) error { return client.SuspendPractice(ctx, c.Practice) })
}

type practiceResume struct{ onPractice }

// Run implements the command.
func (c *practiceResume) Run(ctx context.Context, out io.Writer) error {
	return c.act(ctx, out, "resumed "+c.Practice, func(client *adminclient.Client) error { return client.ResumePractice(ctx, c.Practice) })
}

type practiceAddApp struct {
	onPractice
	App string `arg:"" help:"The app's identifier."`
}

// Run implements the command.
func (c *practiceAddApp) Run(ctx context.Context, out io.Writer) error {
	return c.act(ctx, out, c.Practice+" has "+c.App, func(client *adminclient.Client) error { return client.AddApp(ctx, c.Practice, c.App) })
}

type practiceRemoveApp struct {
	onPractice
	App string `arg:"" help:"The app's identifier."`
}

// Run implements the command.
func (c *practiceRemoveApp) Run(ctx context.Context, out io.Writer) error {
	return c.actOnMany(ctx, out, c.Practice+" has "+c.App+" no more", c.sessions(ctx, c.App, false),
		func(client *adminclient.Client) error { return client.RemoveApp(ctx, c.Practice, c.App) })
}
