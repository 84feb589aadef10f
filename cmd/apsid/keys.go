package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/server"
)

// keysCommand is about the keys of the installation, on the server itself.
type keysCommand struct {
	List   keysList   `cmd:"" help:"List the keys, and what each does today."`
	Rotate keysRotate `cmd:"" help:"Publish new keys, which sign when all nodes and apps have had the time to learn of them."`
	Retire keysRetire `cmd:"" help:"Withdraw a key that leaked: within a minute no node takes anything that it signed."`

	Seal sealCommand `cmd:"" help:"Keys that seal secrets at rest: make, rotate and encrypt the keyset."`
}

// onKeys is how a command reaches the keys.
type onKeys struct {
	config.Sealed `embed:""`
	Keys          config.Keys `embed:"" prefix:"keys-"`
}

func (c *onKeys) open(ctx context.Context) (*server.SigningKeys, error) {
	if err := c.Keys.Check(); err != nil {
		return nil, err
	}
	vault, err := c.Complete()
	if err != nil {
		return nil, err
	}
	return server.OpenSigningKeys(ctx, vault, c.Keys)
}

type keysList struct {
	onKeys
	JSON bool `env:"-" help:"Print JSON, one object a line."`
}

// Run implements the command. It changes nothing.
func (c *keysList) Run(ctx context.Context, out io.Writer) (err error) {
	keys, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	all, err := keys.List(ctx, time.Now())
	if err != nil {
		return err
	}
	each := func(yield func(keyring.Listed, error) bool) {
		for _, k := range all {
			if !yield(k, nil) {
				return
			}
		}
	}
	return list(management{JSON: c.JSON}, out, each, []string{"KID", "ALG", "STATE", "SIGNS FROM", "SIGNS UNTIL", "VERIFIES UNTIL"}, func(k keyring.Listed) []string {
		return []string{k.ID, k.Alg, string(k.State), moment(k.SignFrom), moment(k.SignUntil), moment(k.VerifyUntil)}
	})
}

type keysRotate struct{ onKeys }

// Run implements the command. Asked for twice, it is one rotation.
func (c *keysRotate) Run(ctx context.Context, out io.Writer) (err error) {
	keys, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	coming, err := keys.Rotate(ctx, shellCaller().Actor, time.Now())
	if err != nil {
		return err
	}
	for _, k := range coming {
		if _, err := fmt.Fprintf(out, "%s (%s) is published, and signs from %s\n", k.ID, k.Alg, moment(k.SignFrom)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(out, "what the keys before them have signed stays good until it expires")
	return err
}

type keysRetire struct {
	onKeys
	KID    string `arg:"" name:"kid" help:"The key's identifier (key_…)."`
	Reason string `required:"" env:"-" help:"Why, for the audit trail."`
	DryRun bool   `env:"-" help:"Say what it would cut off, and change nothing."`
	Yes    bool   `env:"-" help:"Don't ask for the identifier again."`
}

// Run implements the command.
func (c *keysRetire) Run(ctx context.Context, std streams) (err error) {
	if strings.TrimSpace(c.Reason) == "" {
		return &config.Problem{Key: "reason", Text: "is empty: say why, for the audit trail"}
	}
	keys, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	key, err := keys.Find(ctx, c.KID, time.Now())
	if err != nil {
		return plainly(err)
	}
	if err := announce(std.out, key); err != nil || c.DryRun {
		return err
	}
	if err := c.confirm(std); err != nil {
		return err
	}
	successor, err := keys.Retire(ctx, c.KID, strings.TrimSpace(c.Reason), shellCaller().Actor, time.Now())
	if err != nil {
		return plainly(err)
	}
	if successor != "" {
		_, err = fmt.Fprintf(std.out, "%s signs in its place from now on\n", successor)
	}
	if err == nil {
		_, err = fmt.Fprintf(std.out, "%s is retired: every node that reaches the database refuses what it signed within a minute\n", c.KID)
	}
	return err
}

// announce says what the retirement cuts off.
func announce(out io.Writer, key keyring.Listed) error {
	_, err := fmt.Fprintf(out, "%s (%s) %s. Retiring it cuts off:\n- %s\n", key.ID, key.Alg, stands(key.State), strings.Join(server.Cuts(key), "\n- "))
	return err
}

func stands(s keyring.State) string {
	switch s {
	case keyring.Published:
		return "is published, and does not sign yet"
	case keyring.Signs:
		return "signs today"
	default:
		return "signs no more, and verifies what it signed"
	}
}

// plainly returns the text that an error has for the operator, if it has one.
func plainly(err error) error {
	var refused *idp.Error
	if errors.As(err, &refused) && refused.Public != "" {
		return errors.New(refused.Public)
	}
	return err
}

// confirm asks for the identifier again, unless told not to.
func (c *keysRetire) confirm(std streams) error {
	if c.Yes {
		return nil
	}
	if _, err := fmt.Fprint(std.errs, "A retired key never comes back. Type its identifier again to go on: "); err != nil {
		return err
	}
	typed, _ := bufio.NewReader(std.in).ReadString('\n')
	if strings.TrimSpace(typed) != c.KID {
		return errors.New("that is another identifier: nothing was changed")
	}
	return nil
}
