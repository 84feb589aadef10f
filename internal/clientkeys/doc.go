// Package clientkeys has the public keys of clients: those that stand in a registration, and those that a client publishes at its jwks_uri
// (OpenID Connect Dynamic Client Registration 1.0, section 2; RFC 7517).
//
// It owns when a jwks_uri is asked. Published keys are used for a minute, and then asked for again when they are next needed, so that a client
// changes its keys without telling anybody. A key that is not among them is asked for at once, so that a new key can be used at once; but no
// client's address is asked more than once in ten seconds, whatever is sent in its name. While the address does not answer, its last good
// answer counts for ten minutes; after that the client has no keys.
//
// It never says what a key has signed, never keeps keys outside of the process, and never tells a stranger why an address did not answer.
package clientkeys
