// Package rig starts, for a test, the servers that a node works with, so that they can be killed, stopped and failed over: a Postgres
// primary with a hot standby, a Redis Cluster of six processes, a Redis with Sentinel, and the links between nodes and servers.
//
// Every server belongs to the test: it listens on a free port of the loopback interface, and ends with the test. The package knows no
// product code and judges nothing: what a fault may cost is for the tests to say. Used by tests only.
package rig
