// Package kit is what the signed-in surfaces (User Management+, the support desk, Your account) share: their table of routes, the
// frame around a page, the note about what was just done, the way to prove again who one is, and the field of a day.
//
// It decides nothing: which proofs a form needs stands in the description of its command (package policy), and package directory
// refuses a command that lacks them. It knows no page of any surface.
package kit
