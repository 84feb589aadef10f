// Package authenticator checks one proof at a time: a password, a recovery PIN, a code of an authenticator app, a code sent
// by text message; and it makes what those proofs start from: hashes, keys, codes, QR codes, telephone numbers.
//
// It answers whether a proof is right, and never what follows from it: counting failures, locking, remembering the accepted
// time step and sending anything belong to package signin and its ports. It reads no clock, opens no connection and logs
// nothing. Everything costly goes through one bound (Passwords), so that a crowd of sign-ins can't exhaust the machine.
//
// It follows NIST SP 800-63B-4 section 3.1 (passwords, one-time passwords), RFC 8265 section 4 (passwords in Unicode),
// RFC 9106 (Argon2), RFC 6238 and RFC 4226 (TOTP), and libphonenumber's data for numbers.
package authenticator
