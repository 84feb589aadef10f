package authenticator_test

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

const over72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"

// importedHashes were made by others: bcrypt's from the test vectors of OpenBSD and John the Ripper, PBKDF2's by Python's
// hashlib in passlib's format, Identity's from the tests of ASP.NET Core.
func importedHashes() map[string]struct{ hash, password string } {
	return map[string]struct{ hash, password string }{
		"bcrypt":                   {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		"bcrypt past its 72 bytes": {"$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", over72},
		"PBKDF2 SHA-1":             {"$pbkdf2$131000$AAECAwQFBgcICQoLDA0ODw$FhtOiobyGbFc53ogSZevrWqgGD8", "correct horse battery"},
		"PBKDF2 SHA-256": {"$pbkdf2-sha256$29000$AAECAwQFBgcICQoLDA0ODw$QKlCDPGRoLK139911fz4wmw.qxtasIBS/3PnV5Q49G0",
			"correct horse battery"},
		"PBKDF2 SHA-512": {"$pbkdf2-sha512$25000$AAECAwQFBgcICQoLDA0ODw$" +
			"Eg0Mk93hSCKTNDTT755F1rAKbWsV8PFg6FJZ47XUM739UmWNhvhwHSOdWT.vjaDlC7U.rRRTf21fAAcW5XeH3Q", "correct horse battery"},
		"PBKDF2 of a password in form D": {"$pbkdf2-sha256$29000$AAECAwQFBgcICQoLDA0ODw$" +
			"83nJI1ejI2j4koIsnuW7XK3Cwy6b33X66rIiU/Or6ZY", "Zoe\u0308 counts sheep"},
		"Identity SHA-1":   {"AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M", "my password"},
		"Identity SHA-256": {"AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", "my password"},
		"Identity SHA-512": {"AQAAAAIAAYagAAAAEAABAgMEBQYHCAkKCwwNDg/Q8A0WMKbtHQJQ2DHCdoEeeFBrgNlldq6vH4qX/CGqGQ==", "my password"},
		"Identity with long salt and key": {"AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9" +
			"AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==", "my password"},
	}
}

func TestImportedHashVerifiesAndIsUpgraded(t *testing.T) {
	passwords := newPasswords(t)
	for name, imported := range importedHashes() {
		t.Run(name, func(t *testing.T) {
			hash := idp.NewSecret(imported.hash)
			if err := authenticator.CheckHash(hash); err != nil {
				t.Errorf("an import would refuse it: %v", err)
			}
			if got := verify(t, passwords, hash, "wrong"); got.OK || !got.Upgraded.IsZero() {
				t.Errorf("a wrong password: %+v", got)
			}
			got := verify(t, passwords, hash, imported.password)
			if !got.OK || got.Upgraded.IsZero() {
				t.Fatalf("the password itself: %+v", got)
			}
			again := verify(t, passwords, got.Upgraded, imported.password)
			if !again.OK || !again.Upgraded.IsZero() {
				t.Errorf("the upgraded hash: %+v", again)
			}
		})
	}
}

func TestUpgradeFromBcryptEndsTheCutAt72Bytes(t *testing.T) { // ABUSE 42
	passwords := newPasswords(t)
	imported := importedHashes()["bcrypt past its 72 bytes"]
	got := verify(t, passwords, idp.NewSecret(imported.hash), over72)
	if verify(t, passwords, got.Upgraded, over72[:72]).OK {
		t.Error("the first 72 bytes still suffice after the upgrade")
	}
}

func TestArgonHashWithOtherParametersIsUpgraded(t *testing.T) {
	passwords := newPasswords(t)
	// RFC 9106 gives no vector without secret and associated data; this one is of the reference implementation's test.c.
	hash := idp.NewSecret("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	if got := verify(t, passwords, hash, "password"); !got.OK || got.Upgraded.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestAbsurdHashesAreRefused(t *testing.T) { // ABUSE 40
	const salt, key = "AAECAwQFBgcICQoLDA0ODw", "QKlCDPGRoLK139911fz4wmw.qxtasIBS/3PnV5Q49G0"
	identity := func(prf, iterations, saltSize uint32, rest int) string {
		raw := []byte{0x01}
		raw = binary.BigEndian.AppendUint32(raw, prf)
		raw = binary.BigEndian.AppendUint32(raw, iterations)
		raw = binary.BigEndian.AppendUint32(raw, saltSize)
		return base64.StdEncoding.EncodeToString(append(raw, make([]byte, rest)...))
	}
	tests := map[string]string{
		"nothing":                      "",
		"plain text":                   "hunter2",
		"plain text marked":            "$plaintext$hunter2",
		"MD5":                          "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0",
		"a megabyte":                   "$2a$05$" + strings.Repeat("C", 1<<20),
		"Argon2id of 4 GiB":            "$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + salt + salt,
		"Argon2id of a thousand":       "$argon2id$v=19$m=19456,t=1000,p=1$" + salt + "$" + salt + salt,
		"Argon2id without passes":      "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + salt + salt,
		"Argon2id with 200 lanes":      "$argon2id$v=19$m=19456,t=2,p=200$" + salt + "$" + salt + salt,
		"Argon2id, memory twice":       "$argon2id$v=19$m=19456,t=2,p=1,m=4194304$" + salt + "$" + salt + salt,
		"Argon2id, a negative":         "$argon2id$v=19$m=19456,t=-2,p=1$" + salt + "$" + salt + salt,
		"Argon2id, old version":        "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + salt + salt,
		"Argon2id, key of two":         "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAA",
		"Argon2i":                      "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + salt + salt,
		"bcrypt at cost 31":            "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"bcrypt at cost 3":             "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"bcrypt cut short":             "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO",
		"bcrypt and a field":           "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW$x",
		"bcrypt-sha256, cost twice":    "$bcrypt-sha256$v=2,t=2b,r=5,r=31$CCCCCCCCCCCCCCCCCCCCC.$E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"PBKDF2, a thousand million":   "$pbkdf2-sha256$1000000000$" + salt + "$" + key,
		"PBKDF2 without iterations":    "$pbkdf2-sha256$0$" + salt + "$" + key,
		"PBKDF2, key of 100":           "$pbkdf2-sha256$29000$" + salt + "$" + strings.Repeat("A", 134),
		"PBKDF2, key of one":           "$pbkdf2-sha256$29000$" + salt + "$AA",
		"Identity 2":                   "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==",
		"Identity, unknown function":   identity(3, 1000, 16, 48),
		"Identity, 2^32-1 iterations":  identity(1, 1<<32-1, 16, 48),
		"Identity, 2^31 bytes of salt": identity(1, 1000, 1<<31, 48),
		"Identity, salt past the end":  identity(1, 1000, 64, 48),
		"Identity, no key":             identity(1, 1000, 16, 16),
		"Identity, cut in its header":  "AQAAAAEAACcQAAA=",
	}
	passwords := newPasswords(t)
	for name, hash := range tests {
		t.Run(name, func(t *testing.T) {
			if err := authenticator.CheckHash(idp.NewSecret(hash)); idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("CheckHash: %v", err)
			}
			if hash == "" {
				return // an empty hash stands for an unknown user
			}
			result, err := passwords.Verify(t.Context(), authenticator.Claim{}, idp.NewSecret(hash), idp.NewSecret("hunter2"))
			if err == nil || result.OK {
				t.Errorf("Verify: %+v, %v", result, err)
			}
		})
	}
}

func FuzzStoredHashNeverStopsTheService(f *testing.F) {
	for _, imported := range importedHashes() {
		f.Add(imported.hash)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		err := authenticator.CheckHash(idp.NewSecret(hash))
		if err != nil && idp.CodeOf(err) != idp.CodeInvalid {
			t.Errorf("%q: %v", hash, err)
		}
	})
}
