package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// userRecover is for the day when the last administrator is locked out. It works on the server itself, not over the API.
type userRecover struct {
	onServer
	Username string `arg:"" help:"The person's user name."`
	Yes      bool   `env:"-" help:"Don't ask for the user name again."`
	Any      bool   `env:"-" help:"Also somebody who is not on the staff of APS."`
	Enable   bool   `env:"-" help:"Also an account that is disabled: enable it."`
}

// Run implements the command.
func (c *userRecover) Run(ctx context.Context, std streams) (err error) {
	console, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, console.Close()) }()
	if err := c.confirm(std); err != nil {
		return err
	}
	given, err := console.Directory().People.RecoverUser(ctx, shellCaller(), directory.Recovery{
		Username: c.Username, Anybody: c.Any, Enable: c.Enable,
	}, time.Now())
	if err != nil {
		return recovering(c.Username, err, " With --any anybody is recovered, with --enable a disabled account too")
	}
	_, err = fmt.Fprintf(std.out, `%s can sign in again:
- locks have ended, and so have all sessions
- the authenticators and the recovery PIN are removed: the next sign-in asks for new ones
- this link, shown once and open until %s, is for choosing a new password:

  %s

Give it to nobody else. The person is told by e-mail, and the audit trail has your name.
`, given.Account.User.Username, given.Until.Local().Format("15:04 MST"), c.Issuer+"/account/link/"+given.Link.Reveal())
	if err != nil || !given.Enrols {
		return err
	}
	_, err = fmt.Fprintf(std.out, `
They need a passkey, and the sign-in asks for an enrolment code before they add it. Once they are at that page:

  %s
`, c.enrols())
	return err
}

// enrols is the command line that makes the code for the same person.
func (c *userRecover) enrols() string {
	line := "apsid user enrolment-code " + c.Username
	if c.Any {
		line += " --any"
	}
	return line
}

// confirm asks for the user name again, unless told not to.
func (c *userRecover) confirm(std streams) error {
	if c.Yes {
		return nil
	}
	_, err := fmt.Fprintf(std.errs, "This removes every way in that %s has. Type the user name again to go on: ", c.Username)
	if err != nil {
		return err
	}
	typed, _ := bufio.NewReader(std.in).ReadString('\n')
	if !mailbox.IsAddress(typed) || mailbox.Typed(typed) != mailbox.Typed(c.Username) {
		return errors.New("that is another user name: nothing was changed")
	}
	return nil
}

// userEnrolment is for who must add a passkey while nobody else can make the code for it. It works on the server itself, not over the API.
type userEnrolment struct {
	onServer
	Username string `arg:"" help:"The person's user name."`
	Any      bool   `env:"-" help:"Also somebody who is not on the staff of APS."`
}

// Run implements the command.
func (c *userEnrolment) Run(ctx context.Context, std streams) (err error) {
	console, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, console.Close()) }()
	made, err := console.Directory().People.RecoverEnrolment(ctx, shellCaller(), directory.Recovery{Username: c.Username, Anybody: c.Any}, time.Now())
	if err != nil {
		return recovering(c.Username, err, "")
	}
	_, err = fmt.Fprintf(std.out, `With this code, shown once and good once until %s, %s adds a passkey in the sign-in:

  %s

Be sure whom you tell it: whoever has it and the password has the account. The person is told by e-mail, and the audit trail has your name.
`, made.Until.Local().Format("15:04 MST"), c.Username, made.Code.Reveal())
	return err
}

// recovering says why a person was not let in again, and what would help.
func recovering(username string, err error, helps string) error {
	var refused *idp.Error
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return fmt.Errorf("nobody has the user name %q", username)
	case errors.As(err, &refused) && refused.Code == idp.CodeForbidden:
		return errors.New(refused.Public + helps)
	default:
		return err
	}
}
