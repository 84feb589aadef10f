package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
)

// A transaction is a hash of its version, in the clear, and its sealed row.
const (
	createTransaction = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'row', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

	updateTransaction = `
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return 0 end
if version ~= ARGV[1] then return -1 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'row', ARGV[3])
if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1`

	consumeTransaction = `
local row = redis.call('HGET', KEYS[1], 'row')
redis.call('DEL', KEYS[1])
return row`
)

// Transactions keeps sign-ins in flight; it is a signin.Transactions.
type Transactions struct {
	store                   *Store
	create, update, consume *redis.Script
}

var _ signin.Transactions = (*Transactions)(nil)

// Transactions returns the sign-ins in flight.
func (s *Store) Transactions() *Transactions {
	return &Transactions{
		store:   s,
		create:  redis.NewScript(createTransaction),
		update:  redis.NewScript(updateTransaction),
		consume: redis.NewScript(consumeTransaction),
	}
}

// Create stores a new transaction until its ExpiresAt, counted from its CreatedAt; idp.ErrConflict if there is one of this identifier.
func (t *Transactions) Create(ctx context.Context, tx signin.Transaction) error {
	life, err := milliseconds(tx.ExpiresAt.Sub(tx.CreatedAt))
	if err != nil {
		return err
	}
	sealed, err := t.store.seal(newTransactionRow(tx), transactionPlace(tx.ID))
	if err != nil {
		return err
	}
	created, err := t.store.runInt(ctx, t.create, t.store.transactionKeys(tx.ID), tx.Version, sealed, life)
	if err != nil {
		return err
	}
	if created == 0 {
		return idp.Wrap(idp.CodeConflict, errors.New("a sign-in of this identifier exists"))
	}
	return nil
}

// Find returns the transaction; idp.ErrNotFound for one that is gone or was consumed.
func (t *Transactions) Find(ctx context.Context, id string) (signin.Transaction, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	sealed, err := t.store.client.HGet(ctx, t.store.granted("signin:", id), "row").Bytes()
	if err != nil {
		return signin.Transaction{}, translate(err)
	}
	return t.unseal(sealed, id)
}

// Update stores tx as the next version if the stored one is tx.Version; idp.ErrConflict otherwise, and idp.ErrNotFound for
// one that is gone. One in which a proof was right is kept for as long as it had from then; any other no longer than before.
func (t *Transactions) Update(ctx context.Context, tx signin.Transaction) error {
	from := tx.Version
	tx.Version++
	sealed, err := t.store.seal(newTransactionRow(tx), transactionPlace(tx.ID))
	if err != nil {
		return err
	}
	life := int64(0)
	if proved := tx.ProvedFirst(); !proved.IsZero() {
		life, err = milliseconds(tx.ExpiresAt.Sub(proved))
		if err != nil {
			return err
		}
	}
	updated, err := t.store.runInt(ctx, t.update, t.store.transactionKeys(tx.ID), from, tx.Version, sealed, life)
	switch {
	case err != nil:
		return err
	case updated == 0:
		return idp.ErrNotFound
	case updated < 0:
		return idp.Wrap(idp.CodeConflict, fmt.Errorf("the sign-in is no longer at version %d", from))
	}
	return nil
}

// Consume removes and returns the transaction: exactly one caller gets it, the others idp.ErrNotFound.
func (t *Transactions) Consume(ctx context.Context, id string) (signin.Transaction, error) {
	result, err := t.store.run(ctx, t.consume, t.store.transactionKeys(id))
	if err != nil {
		return signin.Transaction{}, err
	}
	sealed, ok := result.(string)
	if !ok {
		return signin.Transaction{}, unexpected(result)
	}
	return t.unseal([]byte(sealed), id)
}

func (t *Transactions) unseal(sealed []byte, id string) (signin.Transaction, error) {
	var row transactionRow
	if err := t.store.open(sealed, transactionPlace(id), &row); err != nil {
		return signin.Transaction{}, err
	}
	return row.transaction(), nil
}

func (s *Store) transactionKeys(id string) []string { return []string{s.granted("signin:", id)} }
func transactionPlace(id string) string             { return "signin/" + id }
