// Package people words what is known of a person, for whoever looks after them: the name, rights, what security codes come from,
// what is locked, and what is unusual. User Management+, the support desk and Your account use it, so that one person reads the
// same everywhere.
//
// It reads no store and decides nothing: who may see what is package directory's to say.
package people
