// Package backchannel tells apps that a session of theirs has ended: OpenID Connect Back-Channel Logout 1.0, the provider's
// side.
//
// It owns the logout token, and what it takes for an answer. It calls apps by package outbound, and reads nothing of an answer beyond the
// status. It never decides when a session ends, never queues and never waits between tries (package outbox does).
//
// What the status means (section 2.8 of the specification): 200 and 204 are delivered; 400 is the app saying that it can't
// take this logout, which is worth a few more tries (its keys or its clock may be behind) but not a day of them; anything else
// means that the app is failing, and it is tried again for as long as the queue does. Each try has a token of its own: an app
// that took the first one, and whose answer was lost, would rightly take a second copy of it for a replay.
package backchannel
