// Package door signs people in to the provider's own apps: User Management+, the support desk and Your account.
//
// These are clients like any other: a person without a session is sent to /authorize, signs in step by step under the same
// policy, and gets a session of that app alone, with its own lifetime and its own end. Only the last step is shorter. The
// session's cookie belongs to this origin, so the app reads its session from package session at every request instead of
// redeeming the code for tokens. No one can redeem the code: these clients have no secret, and the verifier of the
// challenge is never stored or sent.
//
// What a person may do is read from the stored account at every request, never from the session. The package asks for the
// proofs again before an action that needs fresh ones; it never checks a password or a code itself.
package door
