// Package conformance is a client that judges an OpenID provider as the OpenID Foundation's conformance suite does: from outside, over
// TLS, by what the specifications say. It has one entry for each module of the certification plans Basic, Form Post Basic, Config,
// RP-Initiated Logout, Back-Channel Logout and FAPI 2.0 Security Profile (Final), for apps and for client credentials, by the module's own
// name; an entry sends what the module sends and holds the conditions that the module holds, by the names that they have in the suite, with
// its three answers: a failure, a warning, or nothing to say. What the modules of FAPI 2.0 ask of TLS itself is left to the suite.
//
// It owns no knowledge of this provider: no package of it is imported, and the sign-in is walked by what any page with a form shows.
// What the suite has no condition for, because it waits for it until its time is up, has a name here that begins with Expect.
// What a module leaves to the eyes of a reviewer (a page that must say what was wrong) is held by what a program can tell: that a page
// stands there, that it asks nobody to sign in, and that its status is that of an error.
//
// The suite itself stays the judge for a certification. The files in deploy/examples/conformance set up what a run of it needs.
package conformance
