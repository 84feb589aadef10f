package main

import (
	"context"
	"fmt"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
)

// keyset is a keyset as it was read.
type keyset struct {
	places config.Places
	source seal.Source
	text   idp.Secret // as it rests
	keys   *seal.Keyset
}

// stdout is the name of the standard output stream, as of a file.
const stdout = "-"

// sealOut says where a changed keyset is written.
type sealOut struct {
	Out string `placeholder:"FILE" help:"Write the keyset to this new file, or to standard output with -; default: where it was read."`
}

// write writes the keyset, and tells the operator what was done and what comes next.
func (o sealOut) write(ctx context.Context, s streams, k keyset, changed *seal.Keyset, told string, args ...any) error {
	text, err := k.source.Encode(ctx, changed)
	if err != nil {
		return err
	}
	say := s.out
	switch {
	case o.Out == stdout:
		say = s.errs
		_, err = fmt.Fprintln(s.out, text.Reveal())
	case o.Out != "":
		err = seal.Create(o.Out, text)
	case !k.source.Text.IsZero():
		err = &config.Problem{Key: "out", Text: "is missing: the keyset was given as text, so say where the changed one goes"}
	default:
		err = seal.Rewrite(k.source.File, k.text, text)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(say, told+"\n", args...)
	return err
}

type sealNew struct {
	config.Sealed `embed:""`
	Out           string `placeholder:"FILE" help:"Write the keyset to this new file, or to standard output with -; default: the file of --seal-keys."`
}

// Run implements the command. It never replaces a file: what the keys in it sealed would be lost.
func (c *sealNew) Run(ctx context.Context, s streams) error {
	if err := c.CheckKEKs(); err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = c.SealKeys
	}
	if c.Out == "" {
		return &config.Problem{Key: "out", Text: "is missing: name a file, or - for standard output"}
	}
	keys, err := seal.Generate()
	if err != nil {
		return err
	}
	into := keyset{source: seal.Source{KEKs: c.SealKEK}}
	return sealOut{Out: c.Out}.write(ctx, s, into, keys,
		"a keyset with key %d was made: give it to every node (--seal-keys or APSID_SEAL_KEY), and keep a copy apart from the database: without it nothing can be opened", keys.Keys()[0].ID)
}

type sealRewrap struct {
	sealPlaces `embed:""`
	sealOut    `embed:""`
	Clear      bool `help:"Write it in the clear, to leave a key-encryption key: every account that can read it can open everything."`
}

// Run implements the command.
func (c *sealRewrap) Run(ctx context.Context, s streams) error {
	if len(c.SealKEK) == 0 {
		return &config.Problem{Key: "seal-kek", Text: "is missing: name the key-encryption key to encrypt the keyset under"}
	}
	k, err := c.read()
	if err != nil {
		return err
	}
	k.keys, err = seal.Source{File: k.source.File, Text: k.text, KEKs: k.source.KEKs}.LoadEither(ctx)
	if err != nil {
		return err
	}
	told := fmt.Sprintf("the keyset is encrypted under %s: start nodes with it in --seal-kek", k.source.KEKs[0])
	if c.Clear {
		k.source.KEKs, told = nil, "the keyset is in the clear: start nodes without --seal-kek"
	}
	return c.write(ctx, s, k, k.keys, "%s", told)
}
