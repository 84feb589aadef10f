// Package proof holds what the sign-in and the account pages do alike around one proof: they settle a try against its failure
// counter, and they send a security code by text message within the limits.
//
// Whether a proof is right is for package authenticator to say, when a proof locks is for package policy, and what follows from
// either is for the caller: this package moves no sign-in, writes no audit event and words no message.
package proof
