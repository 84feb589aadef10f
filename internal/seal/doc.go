// Package seal encrypts what rests in a store: authenticator keys, telephone numbers, signing keys, sign-ins in flight.
//
// It owns the keyset (Tink: one primary AES-256-GCM key that seals, and any number of older keys that still open) and its
// ways in: a file, a configuration value, or creation on first start. Every sealed value is bound to the place it was
// sealed for, written as "table/column/row" and passed as associated data, so that a value copied to another row does not
// open there (NIST SP 800-38D, section 5.2.1; OWASP ASVS 11.3.3).
//
// It never stores a sealed value, never logs a key, and knows nothing of its callers. A key-encryption key that lives
// elsewhere (AWS KMS) needs no change here: New takes a keyset handle, however it was decrypted.
package seal
