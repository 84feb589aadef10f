package server

import (
	"context"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// SigningKeys are the keys that sign tokens, for the command line on the server itself.
type SigningKeys struct {
	*keyring.Operator
	store *sqlstore.Store
}

// OpenSigningKeys opens the database alone: what is done to keys there, the nodes find out within a second, whether Redis answers or not.
func OpenSigningKeys(ctx context.Context, c config.Vault, keys config.Keys) (*SigningKeys, error) {
	sealer, err := existingSealer(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := needSchema(ctx, c.SQL); err != nil {
		return nil, err
	}
	store, err := openSQL(ctx, c.SQL, sealer)
	if err != nil {
		return nil, err
	}
	return &SigningKeys{Operator: keyring.NewOperator(store, keys.RotateEvery), store: store}, nil
}

// Close closes the database.
func (k *SigningKeys) Close() error { return k.store.Close() }

// Cuts says what the retirement of a key takes from whom, in lines.
func Cuts(k keyring.Listed) []string {
	if k.State == keyring.Published {
		return []string{"nothing: it has not signed yet, and another one is made in its place"}
	}
	lines := []string{
		"ID tokens that it signed: apps that send one as id_token_hint are refused, until their people have signed in again",
		"messages that sessions have ended, on their way to apps: apps that look the key up refuse them, and they are sent again",
	}
	if k.Alg == keyring.ES256 {
		lines = append([]string{
			fmt.Sprintf("access tokens of people, up to %d minutes old: their apps are told 401 and use their refresh tokens", minutes(oidcop.DefaultPersonTokenLifetime)),
			fmt.Sprintf("access tokens of integrations, up to %d minutes old: they are told 401 and ask for another one", minutes(oidcop.DefaultMachineTokenLifetime)),
		}, lines...)
	}
	return append(lines, "no session and no refresh token: nobody has to sign in again")
}

func minutes(d time.Duration) int { return int(d.Minutes()) }
