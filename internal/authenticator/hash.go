package authenticator

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-crypt/crypt/algorithm/argon2"

	"github.com/apscloud/apsid/internal/idp"
)

// Parameters of our own hashes: the second choice of OWASP's Password Storage Cheat Sheet, Argon2id (RFC 9106).
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonSalt    = 16   // bytes
	argonKey     = 32   // bytes
	longestStore = 1024 // bytes of an encoded hash we are willing to look at
)

// errHash is what every stored hash that can't be used leads to; the hash itself never gets into an error.
var errHash = errors.New("stored hash can't be read")

// storedHash is a hash as the store has it.
type storedHash interface {
	matches(a attempt) (bool, error)
	current() bool // of our own make: no upgrade needed
}

// hasher makes our own hashes. They begin with prefix, and no others do.
type hasher struct {
	argon  *argon2.Hasher
	prefix string
}

// newHasher takes the memory of one hash in KiB.
func newHasher(memory uint32) (*hasher, error) {
	argon, err := argon2.New(argon2.WithVariantID(), argon2.WithM(memory), argon2.WithT(argonPasses),
		argon2.WithP(argonLanes), argon2.WithS(argonSalt), argon2.WithK(argonKey))
	if err != nil {
		return nil, fmt.Errorf("argon2id: %w", err)
	}
	return &hasher{argon: argon, prefix: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", memory, argonPasses, argonLanes)}, nil
}

func (h *hasher) hash(normal string) (idp.Secret, error) {
	digest, err := h.argon.Hash(normal)
	if err != nil {
		return idp.Secret{}, fmt.Errorf("argon2id: %w", err)
	}
	return idp.NewSecret(digest.Encode()), nil
}

// absent is a hash that no password has, for all practical purposes: random bytes where the key would stand.
func (h *hasher) absent() (storedHash, error) {
	raw := make([]byte, argonSalt+argonKey)
	if _, err := rand.Read(raw); err != nil {
		return nil, fmt.Errorf("no randomness: %w", err)
	}
	encode := base64.RawStdEncoding.EncodeToString
	encoded := h.prefix + encode(raw[:argonSalt]) + "$" + encode(raw[argonSalt:])
	stored, err := h.parse(idp.NewSecret(encoded))
	if err != nil {
		return nil, err
	}
	return neverRight{stored}, nil
}

// neverRight takes as long as the hash and never matches.
type neverRight struct{ storedHash }

func (n neverRight) matches(a attempt) (bool, error) {
	_, err := n.storedHash.matches(a)
	return false, err
}

// parse reads a stored hash and recognises those of this hasher.
func (h *hasher) parse(hash idp.Secret) (storedHash, error) { return parseHash(hash, h.prefix) }

// parseHash recognises a stored hash by its prefix; one that begins with own is of our own make. Absurd parameters are refused:
// an imported file must not be able to stop the service.
func parseHash(hash idp.Secret, own string) (storedHash, error) {
	encoded := hash.Reveal()
	switch {
	case len(encoded) > longestStore:
		return nil, errHash
	case strings.HasPrefix(encoded, "$argon2id$"):
		return parseArgon(encoded, own)
	case strings.HasPrefix(encoded, "$2"), strings.HasPrefix(encoded, "$bcrypt-sha256$"):
		return parseBcrypt(encoded)
	case strings.HasPrefix(encoded, "$pbkdf2"):
		return parsePBKDF2(encoded)
	case !strings.HasPrefix(encoded, "$"):
		return parseIdentity(encoded)
	default:
		return nil, errHash
	}
}

// CheckHash returns idp.ErrInvalid unless the hash is of a kind Verify can use, with sane parameters: for imports, before
// anything is stored.
func CheckHash(hash idp.Secret) error {
	if _, err := parseHash(hash, ""); err != nil {
		return &idp.Error{Code: idp.CodeInvalid, Field: "password_hash", Cause: err,
			Public: "is not an Argon2id, bcrypt, PBKDF2 or ASP.NET Core Identity version 3 hash with usual parameters"}
	}
	return nil
}
