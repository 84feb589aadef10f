package authenticator

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
)

// The most an imported hash may cost: about a second of one core, and memory that a few at once can't make scarce.
const (
	maxArgonMemory = 64 * 1024 // KiB
	maxArgonPasses = 10
	maxArgonLanes  = 4
	minBcryptCost  = 4
	maxBcryptCost  = 14
	maxIterations  = 2_000_000
	maxSalt        = 128 // bytes
	maxKey         = 64  // bytes
	minKey         = 16  // bytes
)

// digestHash is a hash that go-crypt reads.
type digestHash struct {
	digest algorithm.Digest
	own    bool
}

func (d digestHash) current() bool { return d.own }

func (d digestHash) matches(a attempt) (bool, error) {
	if d.own {
		return d.digest.MatchAdvanced(a.normal)
	}
	for _, form := range a.forms() {
		ok, err := d.digest.MatchAdvanced(form)
		if err != nil {
			return false, fmt.Errorf("%w: %w", errHash, err)
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}

func parseArgon(encoded, own string) (storedHash, error) {
	fields := strings.Split(encoded, "$") // "", argon2id, v=19, m=…,t=…,p=…, salt, key
	if len(fields) != 6 {
		return nil, errHash
	}
	var memory, passes, lanes int
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return nil, errHash
	}
	if fields[3] != fmt.Sprintf("m=%d,t=%d,p=%d", memory, passes, lanes) {
		return nil, errHash // Sscanf leaves a rest unread, and the library would read it
	}
	sane := within(memory, 8*lanes, maxArgonMemory) && within(passes, 1, maxArgonPasses) && within(lanes, 1, maxArgonLanes)
	if !sane {
		return nil, errHash
	}
	digest, err := argon2.Decode(encoded)
	if err != nil || !usualSizes(digest) {
		return nil, errHash
	}
	return digestHash{digest: digest, own: own != "" && strings.HasPrefix(encoded, own)}, nil
}

// parseBcrypt reads the Modular Crypt Format and passlib's bcrypt-sha256. Plain bcrypt looks at the first 72 bytes of a
// password, and the systems we import from let longer ones pass. So that their users can sign in, the library does the
// same; the hash that replaces an imported one at once covers the whole password.
func parseBcrypt(encoded string) (storedHash, error) {
	fields := strings.Split(encoded, "$")
	if len(fields) < 4 {
		return nil, errHash
	}
	cost := fields[2]
	if fields[1] == "bcrypt-sha256" {
		_, cost, _ = strings.Cut(fields[2], ",r=")
	}
	rounds, err := strconv.Atoi(cost)
	if err != nil || !within(rounds, minBcryptCost, maxBcryptCost) {
		return nil, errHash
	}
	digest, err := bcrypt.Decode(encoded)
	if err != nil {
		return nil, errHash
	}
	return digestHash{digest: digest}, nil
}

func parsePBKDF2(encoded string) (storedHash, error) {
	fields := strings.Split(encoded, "$") // "", pbkdf2-sha256, iterations, salt, key
	if len(fields) != 5 {
		return nil, errHash
	}
	iterations, err := strconv.Atoi(fields[2])
	if err != nil || !within(iterations, 1, maxIterations) {
		return nil, errHash
	}
	digest, err := pbkdf2.Decode(encoded)
	if err != nil || !usualSizes(digest) {
		return nil, errHash
	}
	return digestHash{digest: digest}, nil
}

func usualSizes(d algorithm.Digest) bool {
	return within(len(d.Salt()), 1, maxSalt) && within(len(d.Key()), minKey, maxKey)
}

func within(n, least, most int) bool { return n >= least && n <= most }
