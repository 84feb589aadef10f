// Package manage is User Management+, at /manage: where a practice's administrators look after its people, its MFA and its
// integrations.
//
// It is an app of this provider that signs in like any other, through package door. It shows what package directory lets the
// visitor see, and passes on the visitor's commands: every right is checked there, at the moment of the command. An action that
// the visitor may not give is shown with the reason; that display decides nothing. Members of APS staff do not work for
// customers here: for that there is the support desk.
//
// routes.go lists the pages. One person has an address, /manage/users/{user}: the list with a drawer on its right, or, on a narrow
// screen, the page itself. Every action has a page of its own that says what will happen.
package manage
