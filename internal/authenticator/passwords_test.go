package authenticator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

func newPasswords(t testing.TB) *authenticator.Passwords {
	t.Helper()
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return passwords
}

func mustHash(t testing.TB, passwords *authenticator.Passwords, text string) idp.Secret {
	t.Helper()
	hash, err := passwords.Hash(t.Context(), authenticator.Claim{}, idp.NewSecret(text))
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func verify(t testing.TB, passwords *authenticator.Passwords, hash idp.Secret, text string) authenticator.Result {
	t.Helper()
	result, err := passwords.Verify(t.Context(), authenticator.Claim{}, hash, idp.NewSecret(text))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestHashVerifiesItsPasswordOnly(t *testing.T) {
	passwords := newPasswords(t)
	hash := mustHash(t, passwords, "correct horse battery")

	if !strings.HasPrefix(hash.Reveal(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("parameters are not 19 MiB, 2 passes, 1 lane: %.40s", hash.Reveal())
	}
	if got := verify(t, passwords, hash, "correct horse battery"); !got.OK || !got.Upgraded.IsZero() {
		t.Errorf("the password itself: %+v", got)
	}
	for _, wrong := range []string{"", "correct horse batterY", "correct horse battery ", " correct horse battery"} {
		if verify(t, passwords, hash, wrong).OK {
			t.Errorf("%q was accepted", wrong)
		}
	}
	if again := mustHash(t, passwords, "correct horse battery"); again.Reveal() == hash.Reveal() {
		t.Error("two hashes of one password are the same: no salt")
	}
}

func TestUnknownUserIsNeverRightAndCostsTheSame(t *testing.T) { // ABUSE 26
	passwords := newPasswords(t)
	hash := mustHash(t, passwords, "correct horse battery")
	alike(t, "unknown and known", func(unknown, known time.Duration) bool {
		ratio := float64(unknown) / float64(known)
		return ratio > 0.75 && ratio < 1.33
	}, func() {
		if verify(t, passwords, idp.Secret{}, "wrong").OK {
			t.Error("an empty hash was right")
		}
	}, func() { verify(t, passwords, hash, "wrong") })
}

func TestImportedUserIsNotAnsweredFasterThanAnUnknownOne(t *testing.T) { // ABUSE 26
	passwords := newPasswords(t)
	cheap := idp.NewSecret("AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw") // 50 iterations
	alike(t, "imported and unknown", func(imported, unknown time.Duration) bool {
		return float64(imported) >= 0.75*float64(unknown)
	}, func() { verify(t, passwords, cheap, "wrong") }, func() { verify(t, passwords, idp.Secret{}, "wrong") })
}

// alike fails if every measurement of time tells the two apart: work that is left out or done twice shows each time, other load
// on the machine does not.
func alike(t *testing.T, who string, same func(one, other time.Duration) bool, one, other func()) {
	t.Helper()
	const rounds = 8
	var a, b time.Duration
	for range rounds {
		if a, b = fastest(one, other); same(a, b) {
			return
		}
	}
	t.Errorf("%s: %v and %v, time tells them apart", who, a, b)
}

// fastest returns the least time each took, in turns: what a busy machine adds is left out.
func fastest(one, other func()) (time.Duration, time.Duration) {
	least, leastOther := time.Hour, time.Hour
	for range 25 {
		least, leastOther = min(least, took(one)), min(leastOther, took(other))
	}
	return least, leastOther
}

func took(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

func TestHostilePasswordsAreRefusedWhole(t *testing.T) { // ABUSE 42
	passwords := newPasswords(t)
	hash := mustHash(t, passwords, "correct horse battery")
	tests := map[string]string{
		"one megabyte":              strings.Repeat("a", 1<<20),
		"1,025 bytes":               strings.Repeat("a", 1025),
		"grows when normalised":     strings.Repeat("\U0001D160", 200), // 4 bytes each, 12 in form C
		"the password, NUL, a rest": "correct horse battery\x00anything",
		"NUL alone":                 "\x00",
		"not UTF-8":                 "correct horse battery\xff",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			for _, stored := range []idp.Secret{hash, {}} {
				_, err := passwords.Verify(t.Context(), authenticator.Claim{}, stored, idp.NewSecret(text))
				if idp.CodeOf(err) != idp.CodeInvalid {
					t.Errorf("Verify: %v, want %s", err, idp.CodeInvalid)
				}
			}
			_, err := passwords.Hash(t.Context(), authenticator.Claim{}, idp.NewSecret(text))
			if idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("Hash: %v, want %s", err, idp.CodeInvalid)
			}
		})
	}
}

func TestLongPasswordsCountToTheLastByte(t *testing.T) { // ABUSE 42
	passwords := newPasswords(t)
	longest := strings.Repeat("a", 1023)
	hash := mustHash(t, passwords, longest+"z")
	if !verify(t, passwords, hash, longest+"z").OK {
		t.Error("1,024 bytes were refused")
	}
	if verify(t, passwords, hash, longest+"y").OK {
		t.Error("the last byte did not count")
	}
}

func TestAnyUnicodeFormOfAPasswordIsThatPassword(t *testing.T) { // ABUSE 42
	passwords := newPasswords(t)
	const composed, decomposed = "Zo\u00eb k\u00f6nnte", "Zoe\u0308 ko\u0308nnte"
	if !verify(t, passwords, mustHash(t, passwords, composed), decomposed).OK ||
		!verify(t, passwords, mustHash(t, passwords, decomposed), composed).OK {
		t.Error("the other form is refused")
	}
}

func TestPINSharesTheMachineryOfPasswords(t *testing.T) {
	passwords := newPasswords(t)
	pin := idp.NewSecret("604913")
	hash, err := passwords.HashPIN(t.Context(), authenticator.Claim{}, pin)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		hash, pin idp.Secret
		want      bool
	}{{hash, pin, true}, {hash, idp.NewSecret("604914"), false}, {idp.Secret{}, pin, false}} {
		ok, err := passwords.VerifyPIN(t.Context(), authenticator.Claim{}, test.hash, test.pin)
		if err != nil || ok != test.want {
			t.Errorf("VerifyPIN: %t, %v; want %t", ok, err, test.want)
		}
	}
}

func TestNewPasswordsRefusesNegativeBounds(t *testing.T) {
	for _, cfg := range []authenticator.PasswordConfig{{Parallel: -1}, {Queue: -1}, {Wait: -1}} {
		if _, err := authenticator.NewPasswords(cfg); idp.CodeOf(err) != idp.CodeInvalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestNoErrorTellsASecret(t *testing.T) {
	passwords := newPasswords(t)
	_, err := passwords.Verify(t.Context(), authenticator.Claim{}, idp.NewSecret("$7$hush-hush"), idp.NewSecret("password"))
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("error %v: want one, without the hash", err)
	}
	if idp.CodeOf(err) != idp.CodeInternal || errors.Is(err, idp.ErrInvalid) {
		t.Errorf("an unreadable stored hash is %s: it is our fault, not the user's", idp.CodeOf(err))
	}
}

func BenchmarkVerifyPassword(b *testing.B) {
	passwords := newPasswords(b)
	hash := mustHash(b, passwords, "correct horse battery")
	b.ReportAllocs()
	for b.Loop() {
		verify(b, passwords, hash, "correct horse battery")
	}
}

func BenchmarkVerifyUnknownUser(b *testing.B) {
	passwords := newPasswords(b)
	b.ReportAllocs()
	for b.Loop() {
		verify(b, passwords, idp.Secret{}, "correct horse battery")
	}
}
