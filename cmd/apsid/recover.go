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
		return c.explain(err)
	}
	_, err = fmt.Fprintf(std.out, `%s can sign in again:
- locks have ended, and so have all sessions
- the authenticators and the recovery PIN are removed: the next sign-in asks for new ones
- this link, shown once and open until %s, is for choosing a new password:

  %s

Give it to nobody else. The person is told by e-mail, and the audit trail has your name.
`, given.Account.User.Username, given.Until.Local().Format("15:04 MST"), c.Issuer+"/account/link/"+given.Link.Reveal())
	return err
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

// explain says which flag would help.
func (c *userRecover) explain(err error) error {
	var refused *idp.Error
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return fmt.Errorf("nobody has the user name %q", c.Username)
	case errors.As(err, &refused) && refused.Code == idp.CodeForbidden:
		return fmt.Errorf("%s With --any anybody is recovered, with --enable a disabled account too", refused.Public)
	default:
		return err
	}
}
