// Command keys makes what a run of the FAPI 2.0 plans of the OpenID Foundation's conformance suite needs, in the folder that holds the
// plans: a key for each client, and in the folder out the files for "apsid apply" and for the suite, with these keys in them.
//
//	go run ./keys
//
// It owns no keys that matter: they are of clients at an instance that is thrown away. It never overwrites a file in out.
package main
