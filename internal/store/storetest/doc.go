// Package storetest is what the tests of the stores share: an empty SQLite database with the newest schema, judgements on values
// and errors, and a check that what many callers of a store were answered at once could also have been answered to one after
// another.
//
// What a store promises stands beside the store, as one contract that both of its engines pass (contract_*_test.go of packages
// sqlstore and redisstore). Used by tests only.
package storetest
