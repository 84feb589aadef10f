package jwks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// callTimeout bounds one question.
	callTimeout = 10 * time.Second
	// keysFresh is how long keys are used before the provider is asked whether they are still its own.
	keysFresh = 5 * time.Minute
	// keysPause is the least time between two questions, however many tokens with unknown keys are sent.
	keysPause = 5 * time.Second
)

var (
	errUnknownKey = errors.New("jwks: signed with a key that the provider does not have")
	// ErrNoKeys says that the provider does not answer: whether a token is one of its own can't be said now.
	ErrNoKeys = errors.New("jwks: the provider's keys can't be had")
)

// Set is the provider's public keys (RFC 7517). Anybody may send a token, so a wrong signature costs the provider nothing, and unknown
// keys cost it one question in keysPause.
type Set struct {
	client *http.Client
	url    string
	now    func() time.Time

	fetching sync.Mutex // held while asking; before mu
	mu       sync.Mutex
	keys     map[string]jose.JSONWebKey // by kid
	asked    time.Time
	answered time.Time
	failed   error // of the last question
}

// New returns the keys at this address, which are asked for at their first use.
func New(client *http.Client, url string, now func() time.Time) *Set {
	return &Set{client: client, url: url, now: now}
}

// VerifySignature implements the KeySet of go-oidc: it returns the payload of a token that one of the keys has signed, by ES256 or RS256.
// It is ErrNoKeys while the provider does not answer and the key is not known.
func (k *Set) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, err
	}
	if len(token.Signatures) != 1 {
		return nil, errors.New("jwks: a token has one signature")
	}
	header := token.Signatures[0].Header
	key, err := k.find(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	if key.Algorithm != "" && key.Algorithm != header.Algorithm {
		return nil, errUnknownKey
	}
	return token.Verify(key)
}

func (k *Set) find(ctx context.Context, kid string) (jose.JSONWebKey, error) {
	key, due, err := k.known(kid)
	if !due {
		return key, err
	}
	k.fetching.Lock()
	defer k.fetching.Unlock()
	if key, due, err = k.known(kid); !due { // another request has just asked
		return key, err
	}
	k.fetch(ctx)
	key, _, err = k.known(kid)
	return key, err
}

// known looks the key up, and says whether the provider is to be asked. An unknown key is ErrNoKeys while it does not answer.
func (k *Set) known(kid string) (key jose.JSONWebKey, due bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	key, found := k.lookUp(kid)
	stale := !found || now.Sub(k.answered) >= keysFresh
	due = stale && now.Sub(k.asked) >= keysPause
	switch {
	case found:
		return key, due, nil
	case k.failed != nil:
		return key, due, fmt.Errorf("%w: %w", ErrNoKeys, k.failed)
	default:
		return key, due, errUnknownKey
	}
}

// lookUp finds the key of this name. Where there is one key alone, it or the token may do without a name (RFC 7517, section 4.5: a name
// tells keys apart); a name that both have must be the same.
func (k *Set) lookUp(kid string) (key jose.JSONWebKey, found bool) {
	key, found = k.keys[kid]
	if found || len(k.keys) != 1 {
		return key, found
	}
	for name, only := range k.keys {
		if name == "" || kid == "" {
			return only, true
		}
	}
	return jose.JSONWebKey{}, false
}

// fetch asks the provider. If it does not answer, the keys stay as they are.
func (k *Set) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	keys, err := k.ask(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked, k.failed = k.now(), err
	if err == nil {
		k.keys, k.answered = keys, k.asked
	}
}

func (k *Set) ask(ctx context.Context) (map[string]jose.JSONWebKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := k.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, err
	}
	keys := map[string]jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil { // of a kind that is not known here: for others to use (RFC 7517, section 5)
			continue
		}
		if key.IsPublic() && key.Valid() && key.Use != "enc" {
			keys[key.KeyID] = key
		}
	}
	return keys, nil
}
