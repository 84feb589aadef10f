package rp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// attemptLifetime is how long a sign-in may take: the provider's half hour and some slack.
const attemptLifetime = 40 * time.Minute

// attempt is one sign-in in flight. The browser keeps its seed, start, return path and requirement in a cookie; state, nonce and
// code_verifier are derived from the seed with a key that only the app has, so the cookie gives none of them away and the app
// stores nothing for people who have not signed in.
type attempt struct {
	seed        string
	begun       time.Time
	returnTo    string
	requirement requirement
	key         []byte
}

// attempts makes and reads sign-ins in flight.
type attempts struct{ key []byte }

func newAttempts(clientID, secret string) attempts {
	return attempts{key: mac([]byte(secret), "aps app sign-in", clientID)}
}

func (a attempts) begin(returnTo string, w requirement, now time.Time) attempt {
	return attempt{seed: randomValue(), begun: now.Truncate(time.Second), returnTo: returnTo, requirement: w, key: a.key}
}

// read returns false for a cookie that this app did not write, and for one that is too old.
func (a attempts) read(cookie string, now time.Time) (attempt, bool) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 5 {
		return attempt{}, false
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return attempt{}, false
	}
	returnTo, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return attempt{}, false
	}
	at := attempt{seed: parts[0], begun: time.Unix(seconds, 0), returnTo: string(returnTo), requirement: readRequirement(parts[3]), key: a.key}
	genuine := hmac.Equal([]byte(at.cookie()), []byte(cookie))
	age := now.Sub(at.begun)
	return at, genuine && age < attemptLifetime && age > -time.Minute
}

func (at attempt) cookie() string {
	begun, requirement := strconv.FormatInt(at.begun.Unix(), 10), at.requirement.String()
	tag := at.derive("cookie", begun, at.returnTo, requirement)
	return strings.Join([]string{at.seed, begun, base64.RawURLEncoding.EncodeToString([]byte(at.returnTo)), requirement, tag}, ".")
}

// String writes a requirement for a cookie: seconds, and the strength.
func (w requirement) String() string {
	return strconv.Itoa(int(w.maxAge/time.Second)) + "-" + w.acr
}

func readRequirement(text string) requirement {
	seconds, acr, _ := strings.Cut(text, "-")
	n, err := strconv.Atoi(seconds)
	if err != nil {
		return requirement{}
	}
	return requirement{acr: acr, maxAge: time.Duration(n) * time.Second}
}

func (at attempt) state() string { return at.derive("state") }
func (at attempt) nonce() string { return at.derive("nonce") }

// verifier is 43 characters of base64url, as RFC 7636, section 4.1 requires.
func (at attempt) verifier() string { return at.derive("code_verifier") }

func (at attempt) derive(purpose string, more ...string) string {
	sum := mac(at.key, append([]string{purpose, at.seed}, more...)...)
	return base64.RawURLEncoding.EncodeToString(sum)
}

// mac is HMAC-SHA-256 over the parts, each preceded by its length so that no two lists of parts give the same input.
func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return h.Sum(nil)
}
