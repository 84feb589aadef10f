package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/tally"
	"github.com/apscloud/apsid/internal/telemetry"
)

// Console is what the command line on the server itself works with: the stores of the nodes, and no node. The nodes send the
// messages that it queues.
type Console struct {
	sql       *sqlstore.Store
	directory *directory.Directory
	close     func() error
}

// OpenConsole opens the stores. It does not create a database: one that is not there is a mistake in the settings. issuer is
// nil if the caller does not know it.
func OpenConsole(ctx context.Context, c config.Places, issuer *url.URL, log *slog.Logger) (*Console, error) {
	if err := needSchema(ctx, c.SQL); err != nil {
		return nil, err
	}
	stores, err := openStores(ctx, c, log)
	if err != nil {
		return nil, err
	}
	return newConsole(stores.sql, stores.sealer, issuer, stores.close)
}

// OpenReading is OpenConsole for a command that only looks: it writes nothing, makes no keys and no folder, and needs no Redis. Where
// there are no keys it works with keys of its own, which end with it: nothing can be carried out.
func OpenReading(ctx context.Context, c config.Places, issuer *url.URL) (*Console, error) {
	if err := needSchema(ctx, c.SQL); err != nil {
		return nil, err
	}
	sealer, err := readingSealer(ctx, c.Vault)
	if err != nil {
		return nil, err
	}
	store, err := openSQL(ctx, c.SQL, sealer)
	if err != nil {
		return nil, err
	}
	return newConsole(store, sealer, issuer, store.Close)
}

func readingSealer(ctx context.Context, c config.Vault) (*seal.Sealer, error) {
	if path, folder := c.SealFile(); folder != "" {
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			keys, err := seal.Generate()
			if err != nil {
				return nil, err
			}
			return seal.New(keys)
		}
	}
	return openSealer(ctx, c)
}

func newConsole(store *sqlstore.Store, sealer *seal.Sealer, issuer *url.URL, closing func() error) (*Console, error) {
	service, err := localDirectory(store, sealer, issuer)
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	return &Console{sql: store, directory: service, close: closing}, nil
}

// localDirectory builds the services that run commands of the server's own command line. They have no limits and no senders of
// text messages: only people who set up their own authenticators need those.
func localDirectory(store *sqlstore.Store, sealer *seal.Sealer, issuer *url.URL) (*directory.Directory, error) {
	metrics, err := telemetry.NewMetrics() // nothing reads them: this process ends with its command
	if err != nil {
		return nil, err
	}
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{})
	if err != nil {
		return nil, err
	}
	return directory.New(directoryConfig("", issuer), directory.Ports{
		Ledger: directoryLedger{ledger{store: store, metrics: metrics, refused: tally.New(store, slog.New(slog.DiscardHandler))}}, Records: store, Hasher: passwords, Sealer: sealer,
	})
}

// directoryConfig holds what the services must know of this installation. brand stands beside the codes of the authenticator apps that
// people add in their account; a command line adds none. Apps may be registered on plain http loopback addresses where the issuer is
// one itself.
func directoryConfig(brand string, issuer *url.URL) directory.Config {
	c := directory.Config{Issuer: brand}
	for scope := range adminapi.Scopes() {
		c.OwnScopes = append(c.OwnScopes, string(scope))
	}
	if issuer != nil {
		_, address := netip.ParseAddr(issuer.Hostname())
		c.Passkeys = address != nil // browsers bind no passkeys to an IP address: see config.Passkeys
		c.PlainLoopback, c.Origin = idp.IsLoopback(issuer.Hostname()), issuer.Scheme+"://"+issuer.Host
	}
	return c
}

// Directory runs commands.
func (c *Console) Directory() *directory.Directory { return c.directory }

// Records reads what is stored.
func (c *Console) Records() *sqlstore.Store { return c.sql }

// Close closes the stores.
func (c *Console) Close() error { return c.close() }
