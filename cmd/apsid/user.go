package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/apscloud/apsid/pkg/adminclient"
)

// userCommand is about people, over the management API; except for Recover and EnrolmentCode, which are for when no administrator can
// use the API any more.
type userCommand struct {
	List              userList         `cmd:"" help:"List people of a practice."`
	Show              userShow         `cmd:"" help:"Show a person."`
	Invite            userInvite       `cmd:"" gives:"invite-user"`
	Edit              userEdit         `cmd:"" gives:"edit-user"`
	Disable           userDisable      `cmd:"" gives:"disable-user"`
	Enable            userEnable       `cmd:"" gives:"enable-user"`
	Unlock            userUnlock       `cmd:"" gives:"unlock-user"`
	ResetMFA          userResetMFA     `cmd:"" name:"reset-mfa" gives:"reset-mfa"`
	SendPasswordReset userSendPassword `cmd:"" gives:"send-password-reset"`
	Sessions          userSessions     `cmd:"" help:"List a person's sessions."`
	EndSession        userEndSession   `cmd:"" gives:"end-session"`
	Recover           userRecover      `cmd:"" gives:"recover-user" help:"On the server itself, when the last administrator is locked out: end locks, reset MFA, print a link for a new password."`
	EnrolmentCode     userEnrolment    `cmd:"" gives:"recover-enrolment" help:"On the server itself, where passkeys are needed and nobody else can make one: print the code with which a person adds their first passkey."`
}

type userList struct {
	management `embed:""`
	Practice   string `arg:"" help:"The practice's identifier."`
	Search     string `help:"Parts of the name or the user name. Accents, case, apostrophes and hyphens make no difference."`
	Filter     string `help:"${enum}." enum:",not_enrolled,locked,never_signed_in,invited,disabled,managers" default:""`
	Sort       string `help:"The order, with a hyphen the other way round: ${enum}." enum:"username,-username,name,-name,mfa,-mfa,rights,-rights,last_sign_in,-last_sign_in" default:"username"`
}

// Run implements the command.
func (c *userList) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	people := client.Users(ctx, c.Practice, adminclient.UserQuery{Search: c.Search, Filter: c.Filter, Sort: c.Sort})
	return list(c.management, out, people, []string{"ID", "USER NAME", "NAME", "STATE", "MFA", "ROLES"}, func(p adminclient.Person) []string {
		return []string{p.ID, p.Username, p.Name, standing(p), words(p.Authenticators), words(p.Roles)}
	})
}

// standing is what needs doing about a person, in a word.
func standing(p adminclient.Person) string {
	switch {
	case p.Locked:
		return "locked"
	case p.Invited:
		return "invited"
	default:
		return p.State
	}
}

type userShow struct{ onUser }

// Run implements the command.
func (c *userShow) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	user, err := c.find(ctx, client)
	if err != nil {
		return err
	}
	return show(c.management, out, user, func(u adminclient.UserDetail) [][2]string {
		var authenticators, locks []string
		for _, a := range u.Authenticators {
			authenticators = append(authenticators, strings.TrimSpace(a.Kind+" "+a.Phone))
		}
		for _, l := range u.Locks {
			locks = append(locks, strings.TrimSpace(l.Proof+" "+moment(l.Until)))
		}
		return [][2]string{
			{"id", u.ID}, {"user name", u.Username}, {"name", u.Name}, {"practice", u.Practice + " (" + u.PracticeID + ")"},
			{"state", standing(adminclient.Person{User: u.User, Locked: len(locks) > 0})}, {"roles", words(u.Roles)},
			{"blocked apps", words(u.BlockedApps)}, {"MFA", strings.Join(authenticators, ", ")}, {"locked", strings.Join(locks, ", ")},
			{"last sign-in", moment(u.LastSigninAt)},
		}
	})
}

type userInvite struct {
	management `embed:""`
	Practice   string   `arg:"" help:"The practice's identifier."`
	Username   string   `arg:"" help:"The e-mail address."`
	Name       string   `arg:"" help:"The person's name."`
	Role       []string `help:"A right: user_management or system_administrator. May be given again."`
	BlockApp   []string `help:"An app of the practice that the person may not use. May be given again."`
}

// Run implements the command.
func (c *userInvite) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	user, err := client.InviteUser(ctx, c.Practice, adminclient.Invitation{
		Username: c.Username, Name: c.Name, Roles: c.Role, BlockedApps: c.BlockApp,
	})
	if err != nil {
		return err
	}
	return show(c.management, out, user, func(u adminclient.User) [][2]string {
		return [][2]string{{"invited", u.Username}, {"id", u.ID}}
	})
}

type userEdit struct {
	onUser
	Username     string   `help:"A new user name: an e-mail address."`
	Name         string   `help:"A new name."`
	Role         []string `help:"The rights the person has from now on. May be given again."`
	NoRoles      bool     `help:"Take all rights away."`
	BlockApp     []string `help:"The apps the person may not use from now on. May be given again."`
	NoBlockedApp bool     `name:"no-blocked-apps" help:"Let the person use all apps of the practice."`
}

// Run implements the command.
func (c *userEdit) Run(ctx context.Context, out io.Writer) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	user, err := c.find(ctx, client)
	if err != nil {
		return err
	}
	edited, err := client.EditUser(ctx, user.ID, user.Version, adminclient.UserEdit{
		Username: given(c.Username), Name: given(c.Name), Roles: replaced(c.Role, c.NoRoles), BlockedApps: replaced(c.BlockApp, c.NoBlockedApp),
	})
	if err != nil {
		return err
	}
	return show(c.management, out, edited, func(u adminclient.User) [][2]string {
		return [][2]string{{"id", u.ID}, {"user name", u.Username}, {"name", u.Name}, {"roles", words(u.Roles)}, {"blocked apps", words(u.BlockedApps)}}
	})
}

// onUser names a person.
type onUser struct {
	management `embed:""`
	User       string `arg:"" help:"The person's identifier (usr_…), or with --practice the user name."`
	Practice   string `help:"The practice in which to look for a user name."`
}

// find returns the person.
func (c onUser) find(ctx context.Context, client *adminclient.Client) (adminclient.UserDetail, error) {
	id, err := c.id(ctx, client)
	if err != nil {
		return adminclient.UserDetail{}, err
	}
	return client.User(ctx, id)
}

// id is the identifier; a user name is looked up.
func (c onUser) id(ctx context.Context, client *adminclient.Client) (string, error) {
	if c.Practice == "" {
		return c.User, nil
	}
	for person, err := range client.Users(ctx, c.Practice, adminclient.UserQuery{Search: c.User}) {
		if err != nil {
			return "", err
		}
		if strings.EqualFold(person.Username, c.User) {
			return person.ID, nil
		}
	}
	return "", fmt.Errorf("nobody in %s has the user name %s", c.Practice, c.User)
}

// do carries out an action on the person.
func (c onUser) do(ctx context.Context, out io.Writer, said string, action func(*adminclient.Client, string) error) error {
	return c.act(ctx, out, said+" "+c.User, func(client *adminclient.Client) error {
		id, err := c.id(ctx, client)
		if err != nil {
			return err
		}
		return action(client, id)
	})
}
