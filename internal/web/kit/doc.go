// Package kit is what the signed-in surfaces (User Management+, the support desk, Your account) share: their table of routes,
// the frame around a page, the note about what was just done, the way for visitors to prove again who they are, and the field of
// a day.
//
// It decides nothing: the description of a command (package policy) says which proofs its form needs, and package directory
// refuses a command that lacks them. It knows no page of any surface.
package kit
