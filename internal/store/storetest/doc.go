// Package storetest is what the tests of the stores share: an empty SQLite database with the newest schema, judgements on values
// and errors, and a check that the answers which a store gave to many callers at once could also have been given to one caller
// after another.
//
// The contract of a store stands beside the store, as one test suite that both of its engines pass (contract_*_test.go of
// packages sqlstore and redisstore). Used by tests only.
package storetest
