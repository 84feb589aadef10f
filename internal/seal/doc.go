// Package seal encrypts what rests in a store: authenticator keys, telephone numbers, signing keys, sign-ins in flight.
//
// It owns the keyset (Tink: one primary AES-256-GCM key that seals, and any number of other keys that open) and its ways in: a
// file, a configuration value, or creation on first start. The keyset may rest encrypted under a key-encryption key, which is in a
// file, in an environment variable or in AWS KMS. It is rotated in two rounds, so that nodes that have the keyset of the round before
// open everything: a key is added, then it is promoted; and later the former one is retired.
//
// Every sealed value is bound to the place it was sealed for, written as "table/column/row" and passed as associated data, so that a
// value copied to another row does not open there (NIST SP 800-38D, section 5.2.1; OWASP ASVS 11.3.3). Its first bytes tell which key
// sealed it.
//
// It never stores a sealed value, never logs a key, and knows nothing of its callers.
package seal
