// Command bench measures what the operations of a node cost: it starts a node over Postgres and Redis, provisions it by the commands
// of apsid, has a load generator work with it, and prints the cost of each operation as a multiple of the floor that it measured just
// before. See deploy/docs/performance.md.
//
// The load generator is a program of its own. This one knows the node by its commands and its addresses only, so that builds of other
// versions can be measured by it.
package main
