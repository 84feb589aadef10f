package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/server"
)

type sealAdd struct {
	sealPlaces `embed:""`
	sealOut    `embed:""`
}

// Run implements the command.
func (c *sealAdd) Run(ctx context.Context, s streams) error {
	k, err := c.open(ctx)
	if err != nil {
		return err
	}
	added, id, err := k.keys.Add()
	if err != nil {
		return err
	}
	return c.write(ctx, s, k, added,
		`key %d was added and does not seal yet: give the keyset to every node, then run "apsid keys seal promote %d"`, id, id)
}

// everywhere skips the question which nodes run.
type everywhere struct {
	Everywhere bool `help:"Every node holds the key, and you know it: do not ask the database."`
}

// check asks the database, unless the operator knows.
func (e everywhere) check(ctx context.Context, k keyset, id uint32) (err error) {
	if e.Everywhere {
		return nil
	}
	stores, err := server.OpenSealing(ctx, k.places, k.keys)
	if err != nil {
		return fmt.Errorf("which nodes hold key %d is not known (with --everywhere it is not asked): %w", id, err)
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	return stores.HeldEverywhere(ctx, id, time.Now())
}

type sealPromote struct {
	sealPlaces `embed:""`
	sealOut    `embed:""`
	everywhere `embed:""`
	Key        uint32 `arg:"" help:"Identifier of the key: see list."`
}

// Run implements the command.
func (c *sealPromote) Run(ctx context.Context, s streams) error {
	k, err := c.open(ctx)
	if err != nil {
		return err
	}
	promoted, err := k.keys.Promote(c.Key)
	if err != nil {
		return err
	}
	if err := c.check(ctx, k, c.Key); err != nil {
		return err
	}
	return c.write(ctx, s, k, promoted,
		`key %d seals from now on: give the keyset to every node, then run "apsid keys seal reseal"`, c.Key)
}

type sealRetire struct {
	sealPlaces `embed:""`
	sealOut    `embed:""`
	Leaked     bool   `help:"The key leaked: what it sealed in Redis is dropped at once, so that sign-ins of now begin again, and what is counted under blinded names is counted from nothing."`
	Key        uint32 `arg:"" help:"Identifier of the key: see list."`
}

// Run implements the command.
func (c *sealRetire) Run(ctx context.Context, s streams) (err error) {
	k, err := c.open(ctx)
	if err != nil {
		return err
	}
	retired, err := k.keys.Retire(c.Key, c.Leaked)
	if err != nil {
		return err
	}
	stores, err := server.OpenSealing(ctx, k.places, k.keys)
	if err != nil {
		return fmt.Errorf("what key %d sealed is not known: %w", c.Key, err)
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	if err := stores.MayRetire(ctx, c.Key, c.Leaked, time.Now()); err != nil {
		return err
	}
	dropped := int64(0)
	if c.Leaked {
		dropped, err = stores.DropInFlight(ctx, c.Key)
		if err != nil {
			return err
		}
	}
	return c.write(ctx, s, k, retired, "key %d was retired (%d values in Redis dropped): give the keyset to every node", c.Key, dropped)
}
