package authenticator

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/apscloud/apsid/internal/idp"
)

// The parameters every authenticator app understands (RFC 6238, sections 4 and 5.2).
const (
	totpKeyBytes = 20 // 160 bits: RFC 4226, section 4, requirement R6
	totpPeriod   = 30 // seconds
	totpDigits   = 6
	totpSkew     = 1  // steps accepted either side of now
	totpDrift    = 10 // steps either side that earn a hint: five minutes
)

// NewTOTPKey returns a fresh key: 160 bits in unpadded base32.
func NewTOTPKey() idp.Secret {
	raw := make([]byte, totpKeyBytes)
	if _, err := rand.Read(raw); err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand never returns an error since Go 1.24
	}
	return idp.NewSecret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

// TOTPLink is the otpauth:// link that sets up an authenticator app, which then shows "ISSUER:ACCOUNT". It holds the key: it
// belongs on the page of its owner and nowhere else. Colons inside the names would end the issuer early and are left out.
func TOTPLink(issuer, account string, key idp.Secret) string {
	issuer, account = strings.ReplaceAll(issuer, ":", ""), strings.ReplaceAll(account, ":", "")
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		escape(issuer), escape(account), escape(key.Reveal()), escape(issuer), totpDigits, totpPeriod)
}

// escape encodes spaces as %20 everywhere: some apps show the "+" of a query as it stands.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// GroupKey shows a key in groups of four characters, for typing.
func GroupKey(key idp.Secret) string {
	var grouped strings.Builder
	for i, r := range key.Reveal() {
		if i > 0 && i%4 == 0 {
			grouped.WriteByte(' ')
		}
		grouped.WriteRune(r)
	}
	return grouped.String()
}

// NewestStep is the latest time step of which a code is taken at now: what was accepted until now is of it, or of an earlier one.
func NewestStep(now time.Time) int64 { return now.Unix()/totpPeriod + totpSkew }

// StepEnd is when the code of a time step gives way to the next one, by the clock of the server.
func StepEnd(step int64) time.Time { return time.Unix((step+1)*totpPeriod, 0).UTC() }

// Match is the outcome of comparing a code. At most one of OK, Used and Drift is set.
type Match struct {
	OK    bool
	Used  bool  // it is the code of the step that was accepted last, and that would be in time now
	Step  int64 // with OK and Used: the time step it belongs to; with OK, store it as the last one
	Drift int   // the code is that of so many steps from now (negative: the phone's clock is behind); a hint only
}

// MatchTOTP compares a code with those of the current 30-second step and one either side (RFC 6238, section 5.2). Only steps
// after last, the step accepted before, count: a code is good once. All steps are computed and compared in any case, so time
// does not tell which one was near. A key that is not base32 is an error without a code.
//
// Two steps can have the same code. Then the later one is the match: with the earlier one, the same code would be good again.
//
// Used is the code of step last itself and of no other, though steps before it are refused as well: of those it is not known that
// they were ever accepted, and nobody is to learn from an answer that a code was right which its owner never typed.
func MatchTOTP(key, code idp.Secret, now time.Time, last int64) (Match, error) {
	var match Match
	current := now.Unix() / totpPeriod
	for offset := -totpDrift; offset <= totpDrift; offset++ {
		step := current + int64(offset)
		want, err := totpCode(key, step)
		if err != nil {
			return Match{}, err
		}
		same := subtle.ConstantTimeCompare([]byte(want), []byte(code.Reveal())) == 1
		match = match.consider(same && step >= last && step >= 0, step, offset, last)
	}
	return match, nil
}

// consider takes the best of what a code is: right, used, or that of another time.
func (m Match) consider(fits bool, step int64, offset int, last int64) Match {
	inTime := offset >= -totpSkew && offset <= totpSkew
	switch {
	case !fits, m.OK && !inTime:
		return m
	case step == last && inTime:
		return Match{Used: true, Step: step}
	case step == last, m.Used && !inTime:
		return m
	case inTime:
		return Match{OK: true, Step: step}
	default:
		return Match{Drift: offset}
	}
}

// TOTPCode is what an authenticator app with this key shows now, and for how long. The demo shows it beside its people.
func TOTPCode(key idp.Secret, now time.Time) (code string, left time.Duration, err error) {
	const period = totpPeriod * time.Second
	step := now.Unix() / totpPeriod
	code, err = totpCode(key, step)
	return code, time.Unix(step*totpPeriod, 0).Add(period).Sub(now), err
}

func totpCode(key idp.Secret, step int64) (string, error) {
	// #nosec G115 -- a step of time is not negative
	code, err := hotp.GenerateCodeCustom(key.Reveal(), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", fmt.Errorf("TOTP key: %w", err)
	}
	return code, nil
}
