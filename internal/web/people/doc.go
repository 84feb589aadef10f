// Package people words what is known of a person, for the pages that show one: the name, rights, what security codes come from,
// what is locked, and what is unusual. User Management+, the support desk and Your account use it, so that one person reads the
// same everywhere.
//
// It reads no store and decides nothing: package directory decides who may see what.
package people
