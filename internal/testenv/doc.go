// Package testenv gives tests the real servers and tools they run against: Postgres, Redis, an SNS that speaks the AWS
// protocol (moto), Chromium, axe-core, and the packages of the examples in JavaScript and Python.
//
// It owns nothing but isolation: every call hands out a place of the test's own (an empty database, an empty key space),
// which ends with the test. The servers themselves are started by the command in the folder run, which names them in the
// environment; without it a test fails with one line that says so. It never skips a test, and no product code imports it.
package testenv
