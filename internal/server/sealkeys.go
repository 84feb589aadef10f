package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
)

// sealKeysEvery is how often a node looks whether its seal keys have changed, and tells which it holds.
const sealKeysEvery = 10 * time.Second

// SealSource is where the settings say that the keyset is.
func SealSource(c config.Vault) seal.Source {
	file, _ := c.SealFile()
	return seal.Source{File: file, Text: c.SealKeys(), KEKs: c.SealKEKs()}
}

// openSealer makes the keys at the first start only where they lie in this machine's own state folder: nodes that share a
// database must be given the same keys, and a lost file must not be replaced by a new one that opens nothing.
func openSealer(ctx context.Context, c config.Vault) (*seal.Sealer, error) {
	load := SealSource(c).Load
	if _, folder := c.SealFile(); folder != "" {
		load = SealSource(c).LoadOrCreate
		if err := makeFolder(folder); err != nil {
			return nil, err
		}
	}
	keys, err := load(ctx)
	if err != nil {
		return nil, err
	}
	return seal.New(keys)
}

// sealKeys keeps the keys that a node seals with as they are in their file, so that they can be rotated while it runs.
type sealKeys struct {
	source seal.Source
	sealer *seal.Sealer
	tell   presence
	clock  func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	seen idp.Secret // the text that was read last, good or bad
	said string     // the last failure that was logged
}

// run works until ctx ends.
func (k *sealKeys) run(ctx context.Context) {
	if err := k.source.Exposed(); err != nil {
		k.log.WarnContext(ctx, "seal keys can be read by others", "error", err)
	}
	every(ctx, sealKeysEvery, func(ctx context.Context) { k.reload(ctx) })
	k.tell.end(ctx, k.clock())
}

// reload takes the keys over if they have changed, and tells which the node holds. Keys that can't be used are logged, once, and the
// node goes on with those it has.
func (k *sealKeys) reload(ctx context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.look(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err == nil:
		k.said = ""
	case err.Error() != k.said:
		k.said = err.Error()
		k.log.ErrorContext(ctx, "seal keys not reloaded: those in use stay", "error", err)
	}
	k.tell.round(ctx, k.sealer.Keys(), k.clock())
}

func (k *sealKeys) look(ctx context.Context) error {
	text, err := k.source.Read()
	if err != nil || k.seen.Equal(text.Reveal()) {
		return err
	}
	keys, err := k.source.Parse(ctx, text)
	if err != nil {
		return err
	}
	first := k.seen.IsZero()
	if err := k.sealer.Replace(keys); err != nil {
		return err
	}
	k.seen = text
	if !first {
		k.log.InfoContext(ctx, "seal keys reloaded", "keys", len(keys.Keys()))
	}
	return nil
}
