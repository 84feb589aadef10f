// Package passkey holds the two ceremonies of WebAuthn: adding a passkey, and proving with one, after the password or by itself. It makes
// what a browser is asked, and checks what it answers, over the library go-webauthn, which nothing else imports.
//
// It owns: who the relying party is and from which origins it takes answers, what a ceremony asks for, the one check of an answer, the
// algorithms and sizes that are taken, and the names of kinds of passkeys. It never stores anything, reads no clock and knows no page: what
// a ceremony that has begun has to remember is a [Challenge], which belongs to the caller, as does the record of a passkey, idp.Passkey.
//
// An answer passes through it in three calls, of which each can refuse:
//
//	answer, err := passkey.Read(sent)                       // bounded, then parsed; says which passkey answered
//	verified, err := party.Verify(challenge, binding, answer, holder, now)
//	refused, err := verified.Settle(ctx, unit, now)         // in the transaction that grants something: once, and the counter moves
//
// Every refusal is a [*Refused]: one text for the person, whatever was wrong, and a reason of package idp for the audit trail.
//
// It follows WebAuthn level 3, sections 7.1 (adding) and 7.2 (proving), 5.11 (related origins) and 14.6 (privacy), and RFC 9052 and 8152 for
// keys. No attestation is asked for, and none is believed: what kind of device has made a passkey is what it says itself.
package passkey
