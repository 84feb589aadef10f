package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// reuseFor is how long after its creation the reuse of a code is recognised.
const reuseFor = 10 * time.Minute

// A code is a hash of its sealed grant, the instant until which it can be consumed, by Redis's own clock in milliseconds,
// and a mark once it was.
const (
	clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`
	createCode = clock + `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'grant', ARGV[1], 'until', string.format('%.0f', now + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

	consumeCode = clock + `
local grant = redis.call('HGET', KEYS[1], 'grant')
if not grant then return false end
if redis.call('HGET', KEYS[1], 'used') then return {grant, 1} end
if now >= tonumber(redis.call('HGET', KEYS[1], 'until')) then return false end
redis.call('HSET', KEYS[1], 'used', '1')
return {grant, 0}`
)

// Codes keeps authorization codes; it is an oidcop.Codes.
type Codes struct {
	store           *Store
	create, consume *redis.Script
}

// Codes returns the authorization codes.
func (s *Store) Codes() *Codes {
	return &Codes{store: s, create: redis.NewScript(createCode), consume: redis.NewScript(consumeCode)}
}

// grantRow is a grant as it is sealed; see transactionRow.
type grantRow struct {
	ClientID      idp.ClientID
	RedirectURI   string
	Scopes        []string
	Resources     []string `json:",omitempty"`
	Nonce         []byte
	CodeChallenge string
	Claims        string
	SID           idp.SID
	UserID        idp.UserID
	IssuedAt      time.Time
	JKT           string `json:",omitempty"`
}

// CreateCode keeps the grant for ttl; idp.ErrConflict if there is a code of this hash.
func (c *Codes) CreateCode(ctx context.Context, hash string, g idp.Grant, ttl time.Duration) error {
	live, err := milliseconds(ttl)
	if err != nil {
		return err
	}
	row := grantRow{
		ClientID:      g.ClientID,
		RedirectURI:   g.RedirectURI,
		Scopes:        g.Scopes,
		Resources:     g.Resources,
		Nonce:         []byte(g.Nonce),
		CodeChallenge: g.CodeChallenge,
		Claims:        g.Claims,
		SID:           g.SID,
		UserID:        g.UserID,
		IssuedAt:      g.IssuedAt.UTC(),
		JKT:           g.JKT,
	}
	sealed, err := c.store.seal(row, codePlace(hash))
	if err != nil {
		return err
	}
	kept := max(ttl, reuseFor).Milliseconds()
	created, err := c.store.runInt(ctx, c.create, c.store.codeKeys(hash), sealed, live, kept)
	if err != nil {
		return err
	}
	if created == 0 {
		return idp.Wrap(idp.CodeConflict, errors.New("a code of this hash exists"))
	}
	return nil
}

// ConsumeCode returns the grant to exactly one caller, and to later ones together with idp.ErrUsed for as long as reuse is
// recognised; idp.ErrNotFound for a code that is unknown, over, or was never used in its time.
func (c *Codes) ConsumeCode(ctx context.Context, hash string) (idp.Grant, error) {
	result, err := c.store.run(ctx, c.consume, c.store.codeKeys(hash))
	if err != nil {
		return idp.Grant{}, err
	}
	sealed, used, err := consumed(result)
	if err != nil {
		return idp.Grant{}, err
	}
	var row grantRow
	if err := c.store.open([]byte(sealed), codePlace(hash), &row); err != nil {
		return idp.Grant{}, err
	}
	if used {
		return row.grant(), idp.ErrUsed
	}
	return row.grant(), nil
}

// consumed reads the answer of the script consumeCode.
func consumed(result any) (sealed string, used bool, err error) {
	pair, ok := result.([]any)
	if !ok || len(pair) != 2 {
		return "", false, unexpected(result)
	}
	sealed, isText := pair[0].(string)
	mark, isNumber := pair[1].(int64)
	if !isText || !isNumber {
		return "", false, unexpected(result)
	}
	return sealed, mark == 1, nil
}

func (r grantRow) grant() idp.Grant {
	return idp.Grant{
		ClientID:      r.ClientID,
		RedirectURI:   r.RedirectURI,
		Scopes:        r.Scopes,
		Resources:     r.Resources,
		Nonce:         string(r.Nonce),
		CodeChallenge: r.CodeChallenge,
		Claims:        r.Claims,
		SID:           r.SID,
		UserID:        r.UserID,
		IssuedAt:      r.IssuedAt,
		JKT:           r.JKT,
	}
}

func (s *Store) codeKeys(hash string) []string { return []string{s.granted("code:", hash)} }
func codePlace(hash string) string             { return "code/" + hash }
