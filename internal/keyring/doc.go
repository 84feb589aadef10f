// Package keyring keeps the keys that sign tokens: it creates them, publishes them, rotates them and signs with them.
//
// It owns the life of a key. A key is published before it signs, so that every node and every app that keeps a copy of the
// key set knows it by then; it signs until its successor takes over; and it verifies until the last token it signed is over.
// Nodes share their keys through a store and follow it in the background; signing and finding a key never leave the memory
// of the process, so that a flood of unknown key identifiers costs a look into a map and nothing more.
//
// It never verifies a token, never decides what stands in one, and never sees HTTP. Specifications: RFC 7515 (JWS compact
// serialisation), RFC 7517 (key sets), RFC 7518 sections 3.3 and 3.4 (RS256 with 2048 bits, ES256), OpenID Connect Core
// section 10.1.1 (rotation).
package keyring
